"""The 24 parts of a body by their numbers, in groups (section 6.3.4): right and left, and for limbs back and front."""

BACK, CHEST = 0, 1
TORSO, HANDS, FEET, HEAD = (BACK, CHEST), (2, 3), (4, 5), (22, 23)
THIGHS, SHINS, UPPER_ARMS, FOREARMS = (tuple(range(first, first + 4)) for first in (6, 10, 14, 18))
