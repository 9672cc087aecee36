"""Pictures to click: portraits in the public domain, and photos to colour."""

PORTRAITS = {"astronaut_portrait": "Eileen Collins (NASA)", "grace_hopper_portrait": "Grace Hopper (US Navy)"}
TO_COLOUR = {
    "cameraman_cc0_gray": "Cameraman, gray",
    "mountains_picos": "Mountains",
    "summer_palace": "Palace",
    "autumn_meadow": "Meadow",
    "dogs_window": "Dogs",
    "coffee": "Coffee",
    "rocket_launchpad": "Rocket",
    "wine_still_life": "Still life",
}
TO_BEGIN_WITH = "mountains_picos"
"""Of those to colour."""
EXAMPLES = PORTRAITS | TO_COLOUR
