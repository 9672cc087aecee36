"""The page in a browser: what a visitor sees and clicks. `pytest -m browser` runs these alone."""

import json
import os
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from convgen.avatars.files import read_avatar
from demos import common
from demos.age.form import COLORING, colors_here, faces_here
from demos.avatars.examples import photos
from demos.avatars.form import here as avatars_here
from demos.deep_image_prior import form
from demos.perceptual_gan.form import differences_here, here

CHROMIUM = Path("/usr/bin/chromium")
NAMES = {"Style transfer": "stylenet", "Edit a face": "perceptual_gan", "Avatars": "avatars"}
NAMES |= {"Textures": "texture_nets", "Deep Image Prior": "deep_image_prior", "Faces and colours": "age"}
CURVES = "document.querySelectorAll('#dip-curve svg').length"
SEED = COLORING["seed"].default
FIRST = "document.querySelectorAll('#dip-pair img').length >= 2"
STATUS = "document.querySelector('#dip-status p').innerText"
READY = {"Deep Image Prior": "#dip-start", "Style transfer": "#style-gallery", "Textures": "#texture-tiles"}
READY |= {"Faces and colours": "#age-modes", "Edit a face": "#edit-examples", "Avatars": "#avatar-people"}
LEFT = re.compile("AbortError|errored out")
"""What Gradio says in the console as a page is left for another address, or loaded anew."""
IGNORED = re.compile(r"favicon|manifest")

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as playwright:
        path = CHROMIUM if CHROMIUM.exists() else None
        try:
            browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        except Error as error:
            if path is None and "Executable doesn't exist" in str(error):
                pytest.skip("Chromium is missing: `playwright install chromium`, or install it as /usr/bin/chromium")
            raise
        yield browser
        browser.close()


@pytest.fixture
def visit(browser, running):
    """A function that opens the page; at the end no error may stand in any console, and no request has left."""
    pages, complaints, left = [], [], []

    def visit(width=1280, theme="light", motion="no-preference", tab="Deep Image Prior", link=""):
        page = browser.new_page(viewport={"width": width, "height": 900}, reduced_motion=motion)
        page.on("console", lambda m: m.type == "error" and complaints.append(m.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda r: elsewhere(r.url) and complaints.append(f"asked for {r.url}"))
        page.goto(f"{running.url}?__theme={theme}{link}")
        pages.append(page)
        if link:  # which opens its own part of a tab
            left.append(page)
            return page
        if tab is None:
            page.locator(".front a[aria-current]").wait_for(timeout=60_000)
        else:
            open_tab(page, tab)
            page.wait_for_selector(READY[tab], timeout=60_000)
        return page

    def elsewhere(url):
        return not url.startswith((running.url, "data:", "blob:"))

    yield visit
    for page in pages:
        page.close()
    assert [c for c in complaints if not IGNORED.search(c) and not (left and LEFT.search(c))] == []


def open_tab(page, name):
    """A technique, by its card or by its place in the line that the cards become."""
    link = page.locator(f".front a[data-tab={NAMES[name]}]").first
    page.locator(".front a[aria-current]").wait_for(timeout=60_000)
    link.click()
    page.wait_for_function("link => link.getAttribute('aria-current') === 'page'", arg=link.element_handle())


def send_to(page, name):
    """The result that is seen, to another tab."""
    page.locator(".send-to .opens").locator("visible=true").first.click()
    page.get_by_role("menuitem", name=name, exact=True).locator("visible=true").click()


def click_example(page, caption):
    page.locator("#dip-examples").get_by_role("button", name=caption).click()


def wait_for_steps(page):
    page.wait_for_function(f"/^Step [1-9]/.test({STATUS})", timeout=60_000)


def stop(page):
    page.locator("#dip-stop").click()
    page.wait_for_function(f"/^Stopped after step/.test({STATUS})", timeout=30_000)


def paint_on(page, file):
    """Upload a damaged picture and draw a stroke across its middle."""
    page.get_by_label("Damaged: restore it").check()
    page.locator("#dip-painted canvas").first.wait_for(timeout=30_000)
    page.locator("#dip-painted input[type=file]").first.set_input_files(file)
    page.wait_for_timeout(2000)
    page.locator("#dip-painted").get_by_role("button", name="Brush").first.click()
    box = page.locator("#dip-painted canvas").last.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x - 30, y)
    page.mouse.down()
    page.mouse.move(x + 30, y, steps=8)
    page.mouse.up()
    page.wait_for_timeout(500)


def sideways(page):
    return page.evaluate("document.documentElement.scrollWidth - window.innerWidth")


def nameless(page):
    """Controls that a screen reader could not name; a picture that just came gets its name a moment later."""
    for _ in range(10):
        found = _nameless(page)
        if not found:
            break
        page.wait_for_timeout(200)
    return found


def _nameless(page):
    return page.evaluate(
        """[...document.querySelectorAll('button, input:not([type=file]), select, textarea')]
           .filter(e => e.offsetParent && !(e.innerText || e.ariaLabel || e.title || e.labels?.length || e.placeholder
                        || e.querySelector('img[alt]:not([alt=""])')))
           .map(e => e.outerHTML.slice(0, 120))"""
    )


# ---- the front

CARDS = {
    "Style transfer": "Style transfer",
    "Edit a face": "Edit a face",
    "Avatars": "Avatars",
    "Textures": "Textures",
    "Deep Image Prior": "Deep Image Prior",
    "Faces of nobody": "Faces and colours",
    "Colours": "Faces and colours",
}
"""What is written on a card -> the title of the tab that it opens, in their order."""
AXE = os.environ.get("AXE_CORE", "")
"""Path of axe.min.js, of the npm package axe-core; where it is not, what it would find is not looked for."""
VIOLATIONS = """async rules => (await axe.run(document, {resultTypes: ['violations'], runOnly: rules})).violations
  .filter(found => ['serious', 'critical'].includes(found.impact))
  .flatMap(found => found.nodes.map(node => `${found.id}: ${node.html.slice(0, 160)} ${node.failureSummary}`))"""
STILL = """() => new Promise(done => {
  const last = () => setTimeout(() => { watcher.disconnect(); done(); }, 1000), began = Date.now();
  let waits = last();
  const watcher = new MutationObserver(() => {
    if (Date.now() < began + 20000) { clearTimeout(waits); waits = last(); }
  });
  watcher.observe(document.body, {subtree: true, childList: true, attributes: true});
})"""
"""Waits until nothing on the page has changed for a second: what Gradio builds is mended then."""
LINE = "document.querySelector('#style-pair [role=slider]')"


def choose(page, card):
    page.locator(".front a", has=page.get_by_text(card, exact=True)).click()
    page.wait_for_function(f"document.querySelector('.front [aria-current] strong').textContent === '{card}'")


def heading_of(page):
    """The one title that is seen, and how far down it stands."""
    titles = page.locator("h2:visible")
    assert titles.count() == 1 and page.locator("h1").count() == 1
    return titles.inner_text(), titles.bounding_box()["y"]


def test_every_technique_is_a_click_away(visit):
    page = visit(tab=None)
    cards = page.locator(".front a[data-tab]")
    assert [card.locator("strong").inner_text() for card in cards.all()] == list(CARDS)
    assert all(card.locator(".sentence").inner_text() for card in cards.all())
    assert heading_of(page)[0] == "Style transfer" and nameless(page) == []
    for width in (390, 768, 1280, 1920):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(300)
        assert heading_of(page)[1] < 520 and sideways(page) <= 0, width
        strip = page.locator(".front ul")
        hidden = strip.evaluate("strip => strip.scrollWidth - strip.clientWidth")
        assert (hidden > 0) == (width < 761) == ("more" in (strip.get_attribute("class") or "")), width
    assert page.locator("#tab-stylenet > .column, #techniques").first.bounding_box()["width"] > 1600
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        for card, title in CARDS.items():
            choose(page, card)
            seen, down = heading_of(page)
            assert seen == title and 0 < down < 130, (card, down)
            assert sideways(page) <= 0, card
            assert page.locator(".front").bounding_box()["height"] < 64, card
    assert page.locator("#age-mode-colours-button").get_attribute("aria-selected") == "true"
    page.set_viewport_size({"width": 1280, "height": 900})  # by keyboard
    assert page.locator("a:visible, button:visible, input:visible").first.get_attribute("class") == "skip"
    page.locator(".skip").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.matches('#tab-age h2')")


@pytest.mark.skipif(not AXE, reason="AXE_CORE does not say where axe.min.js is")
def test_axe_finds_nothing_serious_in_either_theme(visit):
    page, found = visit(tab=None, motion="reduce"), {}  # colours change at once
    page.add_script_tag(path=AXE)
    standards = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
    for card in CARDS:
        choose(page, card)
        page.evaluate(STILL)
        for theme, rules in (("light", standards), ("dark", {"type": "rule", "values": ["color-contrast"]})):
            page.evaluate("dark => document.body.classList.toggle('dark', dark)", theme == "dark")
            if serious := page.evaluate(VIOLATIONS, rules):
                found[card, theme] = serious
    assert found == {}


def test_keys_move_the_line_between_pictures_and_the_tiles(visit):
    page = visit_styles(visit)
    page.wait_for_function(LINE, timeout=20_000)
    line = page.locator("#style-pair [role=slider]")
    assert "before and after" in line.get_attribute("aria-label")
    left = line.bounding_box()["x"]
    line.focus()
    line.press("ArrowRight")
    page.wait_for_function(
        f"document.querySelector('#style-pair [role=slider]').getBoundingClientRect().x > {left} + 5"
    )
    before = int(line.get_attribute("aria-valuenow"))
    line.press("Home")
    page.wait_for_function(f"+{LINE}.ariaValueNow < {before}")
    tiles = page.locator("#style-gallery button")
    assert tiles.evaluate_all("tiles => tiles.filter(tile => tile.tabIndex === 0).length") == 1
    chosen = page.locator("#style-gallery [aria-pressed=true]")
    chosen.focus()
    chosen.press("ArrowRight")
    ring = "getComputedStyle(document.activeElement).outlineStyle"
    assert page.evaluate(f"document.activeElement.matches('#style-gallery button') && {ring}") == "solid"
    key = page.evaluate("document.activeElement.dataset.key")
    assert key != chosen.get_attribute("data-key")
    wait_for_another(page, lambda: page.keyboard.press("Enter"))
    assert page.evaluate("document.activeElement.dataset.key") == key


def test_an_example_runs_on_a_click_and_stops(visit, running):
    page = visit()
    assert "convolutional networks" in page.title()
    assert page.get_by_role("link", name="Deep Image Prior", exact=True).get_attribute("aria-current") == "page"
    click_example(page, "Remove text")
    wait_for_steps(page)
    assert page.evaluate(FIRST)
    assert page.locator("#dip-pair img").first.evaluate("image => image.naturalWidth") > 100
    page.wait_for_function(f"{CURVES} == 2", timeout=30_000)  # a curve begins with its second point
    stop(page)
    page.wait_for_function("!document.querySelector('#dip-file').disabled", timeout=30_000)
    assert "Stopped after step" in page.locator("#dip-status").inner_text()
    assert page.evaluate(CURVES) == 2
    running.wait_until_free()


def test_another_example_replaces_the_one_that_runs(visit):
    page = visit()
    click_example(page, "Noise")
    step = f"+({STATUS}.match(/^Step ([0-9]+)/) || [])[1]"
    page.wait_for_function(f"{step} >= 4", timeout=60_000)
    click_example(page, "Scratches")
    page.wait_for_function(f"{step} < 4", timeout=60_000)  # of another run
    assert page.evaluate("document.querySelector('#dip-task input').value").startswith("Remove")
    stop(page)


def test_the_halves_and_the_kept_steps_answer(visit):
    page = visit()
    click_example(page, "50 % missing")
    wait_for_steps(page)
    stop(page)
    page.get_by_role("button", name="Advanced").click()
    page.get_by_label("Longest side of the result").fill("64")
    page.locator("#dip-start").click()
    page.wait_for_function(f"/^Step [1-9][0-9]/.test({STATUS})", timeout=60_000)  # the first step that is kept is past
    stop(page)
    page.get_by_role("radio", name="Truth").check()
    page.wait_for_function(f"{STATUS}.startsWith('Right half')", timeout=30_000)
    slider = page.locator("#dip-scrubber input[type=range]")
    slider.focus()
    slider.press("ArrowLeft")
    page.wait_for_function(f"/as it was kept/.test({STATUS})", timeout=30_000)
    with page.expect_download() as download:
        page.locator("#dip-file").click()
    assert download.value.suggested_filename.endswith(".png")


def test_the_settings_of_a_downloaded_file_come_back(visit):
    settings = {"technique": "deep_image_prior", "task": "denoise", "sigma": 40, "seed": 77}
    file = common.save_png(Image.new("RGB", (64, 48), "teal"), settings, "result")
    page = visit()
    page.locator("#dip-picture input[type=file]").set_input_files(file)
    page.wait_for_function("document.querySelector('#dip-task input').value == 'Denoise'", timeout=30_000)
    page.get_by_role("button", name="Advanced").click()
    assert page.locator("#dip-form").get_by_label("Seed", exact=True).input_value() == "77"


@pytest.mark.parametrize(("theme", "motion"), [("light", "no-preference"), ("dark", "reduce")])
def test_a_phone_shows_the_result_without_a_search(visit, theme, motion):
    page = visit(390, theme, motion)
    assert sideways(page) <= 0
    assert page.evaluate("document.body.classList.contains('dark')") == (theme == "dark")
    in_window = """() => {
        const picture = document.querySelector('#dip-pair').getBoundingClientRect();
        const status = document.querySelector('#dip-status').getBoundingClientRect();
        return picture.top >= 0 && picture.top < 40 && status.bottom < innerHeight;
    }"""
    click_example(page, "Enlarge 4 x")
    wait_for_steps(page)
    page.wait_for_function(in_window, timeout=30_000)
    assert sideways(page) <= 0
    stop(page)
    page.locator("#dip-start").scroll_into_view_if_needed()
    assert not page.evaluate(in_window)
    page.locator("#dip-start").click()
    wait_for_steps(page)
    page.wait_for_function(in_window, timeout=30_000)
    stop(page)


def test_a_transparent_picture_that_was_painted_on_stays_transparent(visit, tmp_path):
    with Image.open("assets/photos/cat_chelsea.jpg") as photo:
        soft = photo.resize((60, 40)).convert("RGBA")
    soft.putalpha(Image.linear_gradient("L").resize(soft.size))
    soft.save(tmp_path / "soft.png")
    page = visit()
    paint_on(page, tmp_path / "soft.png")
    page.locator("#dip-start").click()
    wait_for_steps(page)
    stop(page)
    page.wait_for_function("!document.querySelector('#dip-file').disabled", timeout=30_000)
    with page.expect_download() as download:
        page.locator("#dip-file").click()
    with Image.open(download.value.path()) as result:
        assert result.mode == "RGBA" and result.size == soft.size
        difference = np.int16(result.getchannel("A")) - np.int16(soft.getchannel("A"))
    assert np.abs(difference).max() <= 2


def test_fields_follow_the_task_and_have_names_that_are_not_cut_off(visit):
    page = visit()
    page.locator("#dip-task input").click()
    page.get_by_role("option", name="Denoise").click()
    page.get_by_role("slider", name="Noise").wait_for(timeout=30_000)
    page.get_by_label("Damaged: restore it").check()
    ranges = "[...document.querySelectorAll('#dip-form input[type=range]')]"
    page.wait_for_function(f"!{ranges}.some(i => /Noise/.test(i.ariaLabel))")
    assert nameless(page) == []
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        for name in sorted(form.TASKS.values(), key=len)[-3:]:
            page.locator("#dip-task input").click()
            page.get_by_role("option", name=name, exact=True).click()
            page.wait_for_function(f"document.querySelector('#dip-task input').value == {json.dumps(name)}")
            cut_off = page.locator("#dip-task input").evaluate("field => field.scrollWidth - field.clientWidth")
            assert cut_off <= 0, (name, width)


# ---- style transfer

GIVEN = """async ([kind, where, called]) => {
  const canvas = new OffscreenCanvas(60, 40), data = new DataTransfer();
  canvas.getContext('2d').fillRect(10, 10, 30, 20);
  data.items.add(new File([await canvas.convertToBlob()], 'given.png', {type: 'image/png'}));
  const Kind = kind === 'paste' ? ClipboardEvent : DragEvent;
  document.querySelector(where).dispatchEvent(new Kind(kind, {bubbles: true, cancelable: true, [called]: data}));
}"""
"""Pastes or drops a small picture."""
STYLIZED = "document.querySelector('#style-status p').innerText"
RESULT = "document.querySelectorAll('#style-pair img')[1]"


def visit_styles(visit, **options):
    """The tab with the result that it opens with."""
    page = visit(tab="Style transfer", **options)
    page.wait_for_function(f"/pixels/.test({STYLIZED})", timeout=60_000)
    return page


def wait_for_another(page, act):
    """Do something that stylizes anew, and wait until another result is there."""
    before = page.evaluate(f"{RESULT}.src")
    act()
    page.wait_for_function(f"{RESULT}?.src && {RESULT}.src != '{before}'", timeout=30_000)


def test_the_page_opens_with_a_stylized_photo_and_every_change_makes_another(visit):
    page = visit_styles(visit)
    page.wait_for_function(f"{RESULT}.naturalWidth > 300", timeout=30_000)
    styles = page.locator("#style-gallery button")
    other = next(b for b in styles.all() if b.get_attribute("aria-pressed") == "false") if styles.count() > 1 else None
    if other is not None:
        wait_for_another(page, other.click)
        assert page.locator("#style-gallery [aria-pressed=true]").count() == 1
    wait_for_another(page, page.locator("#style-examples button").nth(1).click)
    wait_for_another(page, page.locator("#style-another").click)
    assert "seed 0" not in page.evaluate(STYLIZED)
    page.locator("#style-strip button").nth(4).click()
    page.wait_for_function(f"/k = 3/.test({STYLIZED})", timeout=30_000)
    slider = page.locator("#style-strength input[type=range]")
    slider.focus()
    wait_for_another(page, lambda: slider.press("ArrowLeft"))
    with page.expect_download() as download:
        page.locator("#style-file").click()
    assert download.value.suggested_filename.endswith(".png")
    wait_for_another(page, lambda: page.evaluate(GIVEN, ["paste", "body", "clipboardData"]))
    page.wait_for_function(f"/ 60 x 40 pixels/.test({STYLIZED})")
    page.locator("#style-examples button").nth(0).click()
    page.wait_for_function(f"!/ 60 x 40 pixels/.test({STYLIZED})", timeout=30_000)
    wait_for_another(page, lambda: page.evaluate(GIVEN, ["drop", "#style-photo img", "dataTransfer"]))
    page.wait_for_function(f"/ 60 x 40 pixels/.test({STYLIZED})")


def test_a_result_travels_to_another_tab_and_the_settings_of_a_file_come_back(visit):
    page = visit_styles(visit)
    send_to(page, "Deep Image Prior")
    page.get_by_text("The picture has arrived").locator("visible=true").wait_for(timeout=30_000)
    arrived = "document.querySelector('#dip-picture img')?.naturalWidth > 100"
    page.wait_for_function(arrived, timeout=30_000)
    page.locator("#dip-picture").get_by_role("button", name="Remove Image").click()
    open_tab(page, "Style transfer")
    send_to(page, "Deep Image Prior")  # for the second time
    page.wait_for_function(arrived, timeout=30_000)
    open_tab(page, "Style transfer")
    settings = {"technique": "stylenet", "noise_scale": 2.5, "seed": 77, "strength": 40}
    file = common.save_png(Image.new("RGB", (64, 48), "teal"), settings, "result")
    page.locator("#style-photo").get_by_role("button", name="Remove Image").click()
    page.wait_for_function(f"!/seed/.test({STYLIZED})", timeout=30_000)
    page.locator("#style-photo input[type=file]").set_input_files(file)
    page.get_by_text("The settings and the seed of this file were taken over").wait_for(timeout=30_000)
    page.wait_for_function(f"/k = 2.5 . seed 77/.test({STYLIZED})", timeout=30_000)
    page.wait_for_function(f"{RESULT}.naturalWidth == 64", timeout=30_000)


def test_a_phone_shows_the_result_beside_the_styles(visit):
    page = visit_styles(visit, width=390, theme="dark")
    assert sideways(page) <= 0
    page.locator("#style-gallery button").first.click()
    shown = "(b => b.height > 100 && b.top >= 0 && b.bottom <= innerHeight)"
    page.wait_for_function(f"{shown}({RESULT}.getBoundingClientRect())", timeout=30_000)
    assert sideways(page) <= 0
    for mode in ("Webcam", "Video", "Slow"):
        page.get_by_role("tab", name=mode).click()
        page.wait_for_timeout(400)
        assert sideways(page) <= 0


def test_the_slow_method_runs_and_stops(visit, running):
    page = visit_styles(visit)
    page.get_by_role("tab", name="Slow").click()
    page.locator("#style-textures button").first.click()
    page.locator("#style-painting img").wait_for(timeout=30_000)
    page.locator("#style-slow-start").click()
    status = "document.querySelector('#style-slow-status p').innerText"
    page.wait_for_function(f"/^Step [1-9]/.test({status})", timeout=60_000)
    page.locator("#style-slow-stop").click()
    page.wait_for_function(f"/^Stopped/.test({status})", timeout=30_000)
    page.wait_for_function("!document.querySelector('#style-slow-file').disabled", timeout=30_000)
    running.wait_until_free()
    for mode in ("Photo", "Slow"):
        page.get_by_role("tab", name=mode, exact=True).click()
        page.wait_for_timeout(400)
    assert page.evaluate(f"/^Stopped/.test({status})")


def test_a_painting_is_taught_and_used(visit, running):
    said = "document.querySelector('#style-lesson-status p').innerText"
    page = visit_styles(visit)
    before = page.evaluate(f"{RESULT}.src")
    page.get_by_role("tab", name="Teach", exact=True).click()
    page.locator("#style-to-teach button").first.click()
    page.locator("#style-taught img").wait_for(timeout=30_000)
    page.locator("#style-learn").click()
    page.wait_for_function(f"/^Second [1-9]/.test({said})", timeout=90_000)
    page.wait_for_function("document.querySelector('#style-lesson-live img')?.naturalWidth > 100")
    page.locator("#style-lesson-stop").click()
    page.wait_for_function(f"/^Stopped: /.test({said})", timeout=30_000)
    running.wait_until_free()
    page.wait_for_function("!document.querySelector('#style-use').disabled", timeout=30_000)
    page.locator("#style-use").click()
    page.wait_for_function(f"/^Your style, in/.test({STYLIZED})", timeout=30_000)
    assert page.evaluate(f"{RESULT}.src") != before
    assert page.locator("#style-gallery [aria-pressed=true]").get_attribute("data-key") == "yours"


def test_a_refused_webcam_is_explained(visit):
    page = visit_styles(visit)
    refused = "async () => { throw new DOMException('', 'NotAllowedError'); }"
    page.evaluate(f"() => {{ navigator.mediaDevices.getUserMedia = {refused}; }}")
    page.get_by_role("tab", name="Webcam").click()
    page.get_by_role("button", name="Click to Access Webcam").click()
    page.wait_for_function("/was refused/.test(document.querySelector('#style-refused').innerText)", timeout=30_000)


# ---- textures

ONE_SAMPLE = "document.querySelector('#texture-one-status p').innerText"
LESSON = "document.querySelector('#texture-lesson-status p').innerText"


def visit_textures(visit, **options):
    """The tab with the samples that it opens with."""
    page = visit(tab="Textures", **options)
    page.wait_for_function(f"/pixels/.test({ONE_SAMPLE})", timeout=60_000)
    page.wait_for_function("document.querySelector('#texture-gallery img')?.naturalWidth > 64", timeout=30_000)
    return page


def start_learning(page):
    page.get_by_role("tab", name="Teach it yours").click()
    page.locator("#texture-examples button").first.click()
    page.locator("#texture-cropper .square").wait_for(timeout=30_000)
    page.locator("#texture-learn").click()
    page.wait_for_function("document.querySelector('#texture-live img')?.naturalWidth > 64", timeout=60_000)


def stop_learning(page):
    page.locator("#texture-lesson-stop").click()
    page.wait_for_function(f"/^Stopped/.test({LESSON})", timeout=30_000)
    page.wait_for_function("!document.querySelector('#texture-net').disabled", timeout=30_000)


def test_samples_are_there_at_once_and_a_click_takes_a_seed(visit):
    page = visit_textures(visit)
    page.locator("#texture-gallery button").nth(3).click()
    page.wait_for_function(f"/seed 3/.test({ONE_SAMPLE})", timeout=30_000)
    assert page.locator("#texture-seed input").input_value() == "3"
    page.get_by_label("Tiled 3 x 3").check()
    page.wait_for_function(f"/across the seam/.test({ONE_SAMPLE})", timeout=30_000)
    page.get_by_label("Between two seeds").check()
    page.wait_for_function(f"/50 % seed 3, 50 % seed 1/.test({ONE_SAMPLE})", timeout=30_000)
    slider = page.locator("#texture-at input[type=range]")
    slider.focus()
    slider.press("ArrowRight")
    page.wait_for_function(f"/48 % seed 3, 52 % seed 1/.test({ONE_SAMPLE})", timeout=30_000)
    page.locator("#texture-more").click()
    page.wait_for_function("/seed 6/.test(document.querySelector('#texture-gallery').innerText)", timeout=30_000)
    with page.expect_download() as download:
        page.locator("#texture-zip").click()
    assert download.value.suggested_filename.endswith(".zip")
    if page.locator("#texture-compare-start").is_visible():
        page.locator("#texture-compare-start").click()
        page.wait_for_function("document.querySelectorAll('#texture-compare img').length >= 8", timeout=30_000)
    tiles = page.locator("#texture-tiles button")
    if tiles.count() > 1:
        tiles.nth(1).click()
        title = tiles.nth(1).get_attribute("title").split(",")[0]
        told = "(document.querySelector('#texture-status p')?.innerText || '')"
        page.wait_for_function(f"{told}.startsWith({json.dumps(title)})", timeout=30_000)


def test_a_texture_is_taught_sampled_and_loaded_again(visit, running, tmp_path):
    page = visit_textures(visit)
    page.get_by_role("tab", name="Teach it yours").click()
    page.locator("#texture-examples button").first.click()
    square = page.locator("#texture-cropper .square")
    square.wait_for(timeout=30_000)
    before = square.bounding_box()
    x, y = before["x"] + before["width"] / 2, before["y"] + before["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y + 25, steps=5)
    page.mouse.up()
    page.wait_for_timeout(500)
    after = square.bounding_box()
    assert after["x"] - before["x"] > 20 and after["y"] - before["y"] > 10
    start_learning(page)
    stop_learning(page)
    running.wait_until_free()
    page.locator("#texture-go-on").click()
    page.wait_for_function(f"/^Second/.test({LESSON})", timeout=30_000)
    stop_learning(page)
    with page.expect_download() as download:
        page.locator("#texture-net").click()
    assert download.value.suggested_filename.endswith(".safetensors")
    download.value.save_as(tmp_path / "net.safetensors")
    page.locator("#texture-use").click()
    told = "(document.querySelector('#texture-status p')?.innerText || '')"
    page.wait_for_function(f"/^Your texture/.test({told})", timeout=30_000)
    assert page.locator("#texture-tiles [aria-pressed=true]").get_attribute("data-key") == "yours"
    page.get_by_role("tab", name="Teach it yours").click()
    page.locator("#texture-load + input, input:has(+ #texture-load)").set_input_files(tmp_path / "net.safetensors")
    page.wait_for_function(f"/^Loaded/.test({LESSON})", timeout=30_000)


def test_a_picture_from_another_tab_can_be_taught(visit):
    page = visit_styles(visit)
    send_to(page, "Textures")
    page.locator("#texture-cropper .square").wait_for(timeout=30_000)
    page.wait_for_function("document.querySelector('#texture-cropper img')?.naturalWidth > 100", timeout=30_000)
    assert page.locator("#texture-learn").is_visible()


def test_a_phone_shows_samples_and_learns(visit):
    page = visit_textures(visit, width=390, theme="light")
    assert sideways(page) <= 0 and nameless(page) == []
    start_learning(page)
    shown = "(b => b.height > 100 && b.top >= 0 && b.bottom <= innerHeight)"
    page.wait_for_function(f"{shown}(document.querySelector('#texture-live').getBoundingClientRect())", timeout=30_000)
    assert sideways(page) <= 0
    stop_learning(page)
    page.get_by_role("tab", name="Slow").click()
    page.wait_for_timeout(400)
    assert sideways(page) <= 0 and nameless(page) == []


def test_the_slow_method_of_textures_runs_and_stops(visit, running):
    page = visit_textures(visit)
    page.get_by_role("tab", name="Slow").click()
    page.locator("#texture-slow-start").click()
    status = "document.querySelector('#texture-slow-status p').innerText"
    page.wait_for_function(f"/^Step [1-9]/.test({status})", timeout=60_000)
    page.locator("#texture-slow-stop").click()
    page.wait_for_function(f"/^Stopped/.test({status})", timeout=30_000)
    page.wait_for_function("!document.querySelector('#texture-slow-file').disabled", timeout=30_000)
    running.wait_until_free()
    for mode in ("Sample", "Slow"):
        page.get_by_role("tab", name=mode, exact=True).click()
        page.wait_for_timeout(400)
    assert page.evaluate(f"/^Stopped/.test({status})")


# ---- faces and colours

FACE, EDITED, WAY, COLOURS = (
    f"(document.querySelector('#age-{part}-status p')?.innerText || '')"
    for part in ("face", "edit", "between", "colours")
)
EDITED_IMAGE = "document.querySelector('#age-edited img')?.src"
COLOURED = "document.querySelectorAll('#age-coloured img')[1]"
needs_faces = pytest.mark.skipif(not faces_here(), reason="the networks of faces are not in weights/index.json")
needs_colors = pytest.mark.skipif(not colors_here(), reason="the networks of colours are not in weights/index.json")


def visit_faces(visit, mode="A face", **options):
    page = visit(tab="Faces and colours", **options)
    page.get_by_role("tab", name=mode, exact=True).click()
    return page


@needs_faces
def test_a_face_is_found_reconstructed_and_changed(visit):
    page = visit_faces(visit)
    page.wait_for_function(f"/^An example/.test({FACE})", timeout=60_000)
    page.wait_for_function(f"/^An example/.test({EDITED})", timeout=30_000)
    page.locator("#age-portraits button").nth(1).click()
    page.wait_for_function(f"/^Mean error/.test({FACE})", timeout=60_000)
    page.wait_for_function(f"/^Your face/.test({EDITED})", timeout=30_000)
    assert page.evaluate("[...document.querySelectorAll('#age-pair img')].every(i => i.naturalWidth == 64)")
    page.wait_for_function("!document.querySelector('#age-edited-file').disabled", timeout=30_000)
    before = page.evaluate(EDITED_IMAGE)
    slider = page.locator("#age-slider-smile input[type=range]")
    slider.focus()
    slider.press("ArrowRight")
    page.wait_for_function(f"{EDITED_IMAGE} != {json.dumps(before)}", timeout=30_000)
    page.locator("#age-reset").click()
    page.wait_for_function(f"{EDITED_IMAGE} == {json.dumps(before)}", timeout=30_000)
    with page.expect_download() as download:
        page.locator("#age-edited-file").click()
    with Image.open(download.value.path()) as picture:
        assert picture.size == (64, 64)


@needs_faces
def test_a_photo_without_a_face_is_framed_by_hand(visit):
    page = visit_faces(visit)
    page.locator("#age-photo input[type=file]").first.set_input_files("assets/photos/coffee.jpg")
    page.locator("#age-cropper .square").wait_for(timeout=30_000)
    page.wait_for_function(f"/^Mean error/.test({FACE})", timeout=30_000)
    assert page.locator("#age-by-hand input").is_checked()
    before = page.evaluate(FACE)
    square = page.locator("#age-cropper .square")
    square.focus()
    for _ in range(4):
        square.press("ArrowRight")
    page.wait_for_function(f"{FACE} != {json.dumps(before)}", timeout=30_000)


@needs_faces
def test_the_example_stays_when_there_is_no_photo_to_frame(visit):
    page = visit_faces(visit)
    page.wait_for_function(f"/^An example/.test({FACE})", timeout=30_000)
    page.wait_for_function(EDITED_IMAGE, timeout=30_000)
    page.locator("#age-by-hand input").check()
    page.wait_for_timeout(1500)
    assert page.evaluate(f"/^An example/.test({FACE})") and page.evaluate(EDITED_IMAGE)


@needs_faces
def test_one_of_several_faces_is_picked(visit, tmp_path):
    group = Image.new("RGB", (1024, 600), "gray")
    for place, name in enumerate(("astronaut_portrait", "grace_hopper_portrait")):
        with Image.open(f"assets/photos/{name}.jpg") as photo:
            group.paste(photo, (512 * place, 0))
    group.save(tmp_path / "group.png")
    page = visit_faces(visit)
    page.locator("#age-photo input[type=file]").first.set_input_files(tmp_path / "group.png")
    page.wait_for_function("document.querySelectorAll('#age-faces button').length == 2", timeout=30_000)
    page.wait_for_function(f"/^Mean error/.test({FACE})", timeout=30_000)
    before = page.evaluate(FACE)
    page.locator("#age-faces button").nth(1).click()
    page.wait_for_function(f"{FACE} != {json.dumps(before)}", timeout=30_000)


@needs_faces
def test_a_sample_is_opened_and_becomes_an_end_of_the_way(visit):
    page = visit_faces(visit, "Samples")
    page.wait_for_function("document.querySelectorAll('#age-gallery img').length == 12", timeout=30_000)
    page.locator("#age-gallery button").nth(5).click()
    page.wait_for_function(f"/^Seed 5/.test({EDITED})", timeout=30_000)
    page.locator("#age-to-second").click()
    page.locator("#age-second-face img").wait_for(timeout=30_000)
    page.locator("#age-go").click()
    page.wait_for_function(f"/^From seed 21 to seed 5/.test({WAY})", timeout=30_000)
    page.wait_for_function("document.querySelectorAll('#age-strip img').length == 8", timeout=30_000)
    page.wait_for_function("document.querySelector('#age-loop img')?.naturalWidth == 256", timeout=30_000)
    with page.expect_download() as download:
        page.locator("#age-loop-file").click()
    assert download.value.suggested_filename.endswith(".webp")


@needs_faces
def test_the_way_between_two_is_there_without_a_click(visit):
    page = visit_faces(visit, "Between")
    page.wait_for_function(f"/^From seed 21 to seed 15/.test({WAY})", timeout=60_000)
    page.wait_for_function("document.querySelectorAll('#age-strip img').length == 8", timeout=30_000)


@needs_colors
def test_a_picture_is_coloured_and_follows_the_map(visit):
    page = visit_faces(visit, "Colours")
    page.wait_for_function(f"/^Colours of seed {SEED} /.test({COLOURS})", timeout=60_000)  # of an example, by itself
    for example, width in ((0, 512), (5, 600)):
        page.locator("#age-pictures button").nth(example).click()
        page.wait_for_function(f"{COLOURED}?.naturalWidth == {width}", timeout=30_000)
    page.wait_for_function(f"/^Colours of seed {SEED} /.test({COLOURS})", timeout=30_000)
    page.wait_for_function("document.querySelectorAll('#age-eight button').length == 8", timeout=30_000)
    page.locator("#age-pad img[src^=data]").wait_for(timeout=30_000)
    page.locator("#age-eight button").nth(3).click()
    page.wait_for_function(f"/^Colours of seed {SEED + 3} /.test({COLOURS})", timeout=30_000)
    page.locator("#age-pad").scroll_into_view_if_needed()
    box = page.locator("#age-pad .pad").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=10)
    page.mouse.up()
    page.wait_for_function(f"/longitude -?0, latitude -?0/.test({COLOURS})", timeout=30_000)
    mark = page.locator("#age-pad .mark")
    mark.focus()
    mark.press("ArrowRight")
    page.wait_for_function(f"/longitude 7, latitude -?0/.test({COLOURS})", timeout=30_000)
    page.wait_for_function("!document.querySelector('#age-colours-file').disabled", timeout=30_000)
    with page.expect_download() as download:
        page.locator("#age-colours-file").click()
    assert common.read_settings(download.value.path())["longitude"] == pytest.approx(7.2)
    page.locator("#age-source input[type=file]").first.set_input_files("assets/photos/dahlia_flower.jpg")
    page.wait_for_function(f"/^Colours of another picture/.test({COLOURS})", timeout=30_000)
    page.wait_for_function("!document.querySelector('#age-colours-file').disabled", timeout=30_000)
    with page.expect_download() as download:
        page.locator("#age-colours-file").click()
    with Image.open("assets/photos/coffee.jpg") as photo, Image.open(download.value.path()) as picture:
        assert picture.size == photo.size
    page.locator("#age-kind").get_by_label("Cars").check()
    page.wait_for_function(f"/^Colours of another picture . the network of cars/.test({COLOURS})", timeout=30_000)
    page.wait_for_function("document.querySelector('#age-color-seed input').value == 4", timeout=30_000)


def test_a_phone_shows_faces_and_colours(visit):
    page = visit_faces(visit, width=390, theme="dark")
    if faces_here():
        page.locator("#age-portraits button").first.click()
        page.wait_for_function(f"/^Mean error/.test({FACE})", timeout=60_000)
    assert sideways(page) <= 0 and nameless(page) == []
    for mode in ("Samples", "Between", "Colours"):
        page.get_by_role("tab", name=mode, exact=True).click()
        page.wait_for_timeout(400)
        assert sideways(page) <= 0 and nameless(page) == [], mode
    if colors_here():
        page.locator("#age-pictures button").first.click()
        page.wait_for_function(f"/^Colours of/.test({COLOURS})", timeout=60_000)
        page.wait_for_function(f"{COLOURED}?.naturalWidth > 100", timeout=30_000)
        assert sideways(page) <= 0


# ---- edit a face

EDIT_LINE = "(document.querySelector('#edit-status p')?.innerText || '')"
EDITED_PHOTO = "document.querySelectorAll('#edit-pair img')[1]?.src"
needs_smile = pytest.mark.skipif("smile" not in here(), reason="edit-smile is not in weights/index.json")
needs_differences = pytest.mark.skipif(not differences_here(), reason="edit-differences is not in weights/index.json")


def visit_edits(visit, **options):
    """The tab with the portrait that it opens with, whose face is found."""
    page = visit(tab="Edit a face", **options)
    page.wait_for_function(f"/^Move a slider/.test({EDIT_LINE})", timeout=60_000)
    page.wait_for_function(f"{EDITED_PHOTO}", timeout=30_000)
    return page


@needs_smile
def test_a_slider_makes_a_portrait_smile(visit):
    page = visit_edits(visit)
    assert page.locator("#edit-faces button").count() == 1
    before = page.evaluate(EDITED_PHOTO)
    slider = page.locator("#edit-slider-smile input[type=range]")
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 0.4 * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.8 * box["width"], y, steps=10)
    page.wait_for_function("document.querySelector('#edit-live img')?.naturalWidth > 100", timeout=30_000)
    page.mouse.up()
    page.wait_for_function(f"/^Edited in/.test({EDIT_LINE})", timeout=30_000)
    page.wait_for_function(f"{EDITED_PHOTO} != {json.dumps(before)}", timeout=30_000)
    page.wait_for_function("!document.querySelector('#edit-stage').matches('.moving')", timeout=30_000)
    page.wait_for_function("document.querySelector('#edit-map img')?.naturalWidth > 100", timeout=30_000)
    page.wait_for_function("!document.querySelector('#edit-file').disabled", timeout=30_000)
    assert page.get_by_text("Synthetic edit").locator("visible=true").count() == 1
    with page.expect_download() as download:
        page.locator("#edit-file").click()
    assert common.read_settings(download.value.path())["face 1: smile"] > 0.5
    page.locator("#edit-strip button").last.click()
    taken = "document.querySelector('#edit-slider-smile input[type=range]').value == 1.5"
    page.wait_for_function(taken, timeout=30_000)
    page.locator("#edit-reset").click()
    page.wait_for_function(f"/^Move a slider/.test({EDIT_LINE})", timeout=30_000)
    page.wait_for_function(f"{EDITED_PHOTO} == {json.dumps(before)}", timeout=30_000)


@needs_smile
def test_each_of_two_faces_keeps_its_own_sliders(visit, tmp_path):
    group = Image.new("RGB", (1024, 600), "gray")
    for place, name in enumerate(("astronaut_portrait", "grace_hopper_portrait")):
        with Image.open(f"assets/photos/{name}.jpg") as photo:
            group.paste(photo, (512 * place, 0))
    group.save(tmp_path / "group.png")
    page = visit_edits(visit)
    page.locator("#edit-another").click()
    page.locator("#edit-photo input[type=file]").first.set_input_files(tmp_path / "group.png")
    page.wait_for_function("document.querySelectorAll('#edit-faces button').length == 2", timeout=30_000)
    value = "document.querySelector('#edit-slider-smile input[type=range]').value"
    slider = page.locator("#edit-slider-smile input[type=range]")
    slider.focus()
    slider.press("ArrowRight")
    page.wait_for_function(f"/^Edited in/.test({EDIT_LINE})", timeout=30_000)
    page.locator("#edit-faces button").nth(1).click()
    page.wait_for_function(f"{value} == 0", timeout=30_000)
    page.locator("#edit-faces button").nth(0).click()
    page.wait_for_function(f"{value} > 0", timeout=30_000)


def test_a_photo_without_a_face_gets_a_square_to_drag(visit):
    page = visit_edits(visit)
    page.locator("#edit-another").click()
    page.locator("#edit-photo input[type=file]").first.set_input_files("assets/photos/coffee.jpg")
    page.locator("#edit-cropper .square").wait_for(timeout=30_000)
    page.wait_for_function(f"/^No face was found: drag the square/.test({EDIT_LINE})", timeout=30_000)


def test_a_phone_keeps_the_edited_photo_in_view(visit):
    page = visit_edits(visit, width=390, theme="light")
    assert sideways(page) <= 0 and nameless(page) == []
    for name in here():
        slider = page.locator(f"#edit-slider-{name} input[type=range]")
        slider.scroll_into_view_if_needed()
        shown = "(b => b.height > 100 && b.bottom > 100 && b.top < innerHeight - 100)"
        page.wait_for_function(f"{shown}(document.querySelector('#edit-pair').getBoundingClientRect())", timeout=30_000)
    for mode in ("Slow", "Fruit", "Webcam"):
        page.get_by_role("tab", name=mode, exact=True).locator("visible=true").click()
        page.wait_for_timeout(400)
        assert sideways(page) <= 0 and nameless(page) == [], mode


@needs_differences
def test_the_slow_edit_runs_and_stops(visit, running):
    page = visit_edits(visit)
    page.get_by_role("tab", name="Slow", exact=True).locator("visible=true").click()
    page.locator("#edit-slow-start").click()
    status = "document.querySelector('#edit-slow-status p').innerText"
    page.wait_for_function(f"/^Step [1-9]/.test({status})", timeout=60_000)
    page.locator("#edit-slow-stop").click()
    page.wait_for_function(f"/^Stopped/.test({status})", timeout=30_000)
    page.wait_for_function("!document.querySelector('#edit-slow-file').disabled", timeout=30_000)
    running.wait_until_free()


def test_a_picture_from_another_tab_is_edited(visit):
    page = visit_styles(visit)
    send_to(page, "Edit a face")
    page.wait_for_function("document.querySelector('#edit-pair img')?.naturalWidth > 100", timeout=30_000)
    page.wait_for_function(f"/^(No face was found|Move a slider|[0-9]+ faces)/.test({EDIT_LINE})", timeout=30_000)


# ---- avatars

AVATAR_LINE = "(document.querySelector('#avatar-status p')?.innerText || '')"
AVATAR = "document.querySelector('#avatar-stage img')?.src"
needs_avatars = pytest.mark.skipif(not avatars_here(), reason="no avatar is in weights/index.json")


def visit_avatars(visit, **options):
    """The tab with the person that it opens with."""
    page = visit(tab="Avatars", **options)
    page.wait_for_function(f"{AVATAR}?.startsWith('data:image/webp')", timeout=60_000)
    return page


@needs_avatars
def test_an_avatar_turns_as_the_picture_is_dragged_and_plays(visit, running):
    page = visit_avatars(visit)
    page.wait_for_function("document.querySelectorAll('#avatar-figure img').length == 4", timeout=60_000)
    before = page.evaluate(AVATAR)
    page.locator("#avatar-stage").scroll_into_view_if_needed()
    box = page.locator("#avatar-stage .stage").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 100, y + 20, steps=5)
    page.wait_for_function(f"{AVATAR} != {json.dumps(before)}", timeout=30_000)
    page.mouse.up()
    page.wait_for_function(f"/^Rendered in/.test({AVATAR_LINE})", timeout=30_000)
    page.wait_for_function("!document.querySelector('#avatar-file').disabled", timeout=30_000)
    with page.expect_download() as download:
        page.locator("#avatar-file").click()
    settings = common.read_settings(download.value.path())
    assert settings["azimuth"] < -10 and settings["elevation"] > 5
    page.locator("#avatar-play").click()
    page.wait_for_function(f"/^Frame [1-9]/.test({AVATAR_LINE})", timeout=30_000)
    page.locator("#avatar-stop").click()
    page.wait_for_function(f"/^Stopped after frame/.test({AVATAR_LINE})", timeout=30_000)
    page.wait_for_function("!document.querySelector('#avatar-gif').disabled", timeout=30_000)
    running.wait_until_free()


@needs_avatars
@pytest.mark.skipif(not photos(), reason="no photo of a person is in assets/avatars")
def test_an_avatar_stands_as_somebody_in_a_photo(visit):
    page = visit_avatars(visit)
    page.get_by_role("tab", name="Photo", exact=True).locator("visible=true").click()
    page.wait_for_function(f"/^Add a photo of a person/.test({AVATAR_LINE})", timeout=30_000)
    page.locator("#avatar-photo input[type=file]").first.set_input_files("assets/photos/coffee.jpg")
    page.wait_for_function(f"/^Nobody was found/.test({AVATAR_LINE})", timeout=30_000)
    page.locator("#avatar-examples button").first.click()
    page.wait_for_function("document.querySelectorAll('#avatar-people-in button').length == 1", timeout=30_000)
    page.wait_for_function(f"/^Rendered in/.test({AVATAR_LINE})", timeout=30_000)


@needs_avatars
@pytest.mark.skipif(not photos(), reason="no photo of a person is in assets/avatars")
def test_a_photo_becomes_an_avatar_that_dances_and_is_dressed(visit, running):
    page = visit_avatars(visit)
    page.get_by_role("tab", name="Become", exact=True).locator("visible=true").click()
    page.locator("#avatar-self-examples button").nth(1).click()
    page.wait_for_function(f"/^Frame [1-9]/.test({AVATAR_LINE})", timeout=60_000)
    page.locator("#avatar-refine-stop").click()
    page.wait_for_function(f"/^Stopped after frame/.test({AVATAR_LINE})", timeout=30_000)
    assert page.locator("#avatar-people button[data-key=own]").get_attribute("aria-pressed") == "true"
    assert page.locator("#avatar-made p").inner_text().startswith("Made from 1 photo")
    page.get_by_role("tab", name="Dress", exact=True).locator("visible=true").click()
    page.wait_for_function(f"/^Rendered in/.test({AVATAR_LINE})", timeout=30_000)
    before = page.evaluate(AVATAR)
    page.locator("#avatar-textures button").nth(1).click()
    page.wait_for_function(f"{AVATAR} != {json.dumps(before)}", timeout=30_000)
    with page.expect_download() as download:
        page.locator("#avatar-dress-file").click()
    assert read_avatar(download.value.path()).texture_stack.shape[0] == 24
    page.locator("#avatar-undo").click()
    page.wait_for_function(f"{AVATAR} == {json.dumps(before)}", timeout=30_000)
    running.wait_until_free()


def test_a_phone_keeps_the_avatar_in_view(visit):
    page = visit(tab="Avatars", width=390, theme="dark")
    assert sideways(page) <= 0 and nameless(page) == []
    for name in ("azimuth", "distance"):
        page.locator(f"#avatar-{name} input[type=range]").scroll_into_view_if_needed()
        shown = "(b => b.height > 100 && b.bottom > 100 && b.top < innerHeight - 100)"
        page.wait_for_function(
            f"{shown}(document.querySelector('#avatar-stage').getBoundingClientRect())", timeout=30_000
        )
    for mode in ("Photo", "Video", "Webcam", "Become", "Dress"):
        page.get_by_role("tab", name=mode, exact=True).locator("visible=true").click()
        page.wait_for_timeout(300)
        assert sideways(page) <= 0 and nameless(page) == [], mode


PARTS = {
    "Style transfer": {
        "Photo": ["style-side-photo", "style-settings", "style-more", "style-size", "style-choice"],
        "Webcam": ["style-side-webcam", "style-settings", "style-choice"],
        "Video": ["style-side-video", "style-settings", "style-choice"],
        "Teach": ["style-side-teach"],
        "Slow": ["style-side-slow", "style-choice"],
    },
    "Textures": {
        "Sample": ["texture-side-sample"],
        "Teach it yours": ["texture-side-teach"],
        "Slow": ["texture-side-slow"],
    },
    "Faces and colours": {
        "A face": ["age-side-face", "age-editor"],
        "Samples": ["age-side-samples", "age-editor"],
        "Between": ["age-side-between"],
        "Colours": ["age-side-colours"],
    },
    "Edit a face": {
        "Edit": ["edit-side-edit", "edit-controls"],
        "Slow": ["edit-side-slow"],
        "Fruit": ["edit-side-fruit"],
        "Webcam": ["edit-side-webcam"],
    },
    "Avatars": {
        "Motion": ["avatar-side-still", "avatar-size", "avatar-loop-files"],
        "Photo": ["avatar-side-still", "avatar-size"],
        "Video": ["avatar-side-video", "avatar-size"],
        "Webcam": ["avatar-side-webcam"],
        "Become": ["avatar-side-still", "avatar-size", "avatar-loop-files"],
        "Dress": ["avatar-side-still", "avatar-size"],
    },
}
SEEN = "names => names.filter(name => document.getElementById(name)?.getClientRects().length)"


def test_parts_of_a_tab_are_seen_with_the_mode_they_belong_to(visit):
    page = visit()
    for tab, modes in PARTS.items():
        open_tab(page, tab)
        page.wait_for_selector(READY[tab], timeout=60_000)
        parts = sorted({part for shown in modes.values() for part in shown})
        for position, (mode, shown) in enumerate([*modes.items(), next(iter(modes.items()))]):
            if position or tab == "Faces and colours":  # the first one is open before anybody has clicked
                page.get_by_role("tab", name=mode, exact=True).locator("visible=true").click()
            seen = f"({SEEN})({json.dumps(parts)}).join() === '{','.join(sorted(shown))}'"
            page.wait_for_function(seen, timeout=30_000)


def test_a_picture_from_another_tab_arrives_among_the_faces(visit):
    page = visit_styles(visit)
    send_to(page, "Faces and colours")
    page.wait_for_function("document.querySelector('#age-photo img')?.naturalWidth > 100", timeout=30_000)


# ---- links and talk mode


def says(page, selector, text):
    page.wait_for_function(
        f"document.querySelector({json.dumps(selector)})?.innerText.includes({json.dumps(text)})", timeout=90_000
    )


def test_a_link_opens_what_it_says_and_the_address_follows(visit):
    page = visit(tab="Style transfer", link="&tab=stylenet&style=udnie&photo=cat_chelsea&seed=4&k=2&size=banana")
    says(page, "#address .said", "size in this link cannot be used")
    says(page, "#style-status p", "Udnie, in")
    says(page, "#style-status p", "451 x 300 pixels · k = 2 · seed 4")
    page.locator("#tab-stylenet .copy-link:visible").first.click()
    says(page, "#address .said", "link")
    assert "own picture" not in page.locator("#address .said").inner_text()
    page.wait_for_function("!location.search.includes('size') && location.search.includes('k=2')")
    page.locator("#style-photo input[type=file]").set_input_files("assets/photos/coffee.jpg")
    page.wait_for_function("!location.search.includes('photo')")
    page.locator("#tab-stylenet .copy-link:visible").first.click()
    says(page, "#address .said", "Your own picture is not in it")
    open_tab(page, "Textures")
    page.wait_for_function("location.search.includes('tab=texture_nets')")
    page.go_back()
    page.locator("#style-gallery").wait_for(state="visible", timeout=20_000)
    page.go_forward()
    page.locator("#texture-tiles").wait_for(state="visible", timeout=20_000)
    page.go_back()
    page.wait_for_function("location.search.includes('style=udnie')")
    page.reload()
    says(page, "#style-status p", "k = 2 · seed 4")
    says(page, "#address .said", "add your own picture once more")
    other = visit(tab="Style transfer")  # what one visitor has set reaches no other
    assert "udnie" not in other.url
    says(other, "#style-status p", "k = 1 · seed 0")


@needs_colors
@needs_faces
def test_links_lead_to_colours_and_set_sliders_of_a_bundled_face(visit):
    page = visit(tab="Faces and colours", link="&tab=age&mode=colours&photo=dogs_window&seed=9")
    says(page, "#age-colours-status p", "Colours of seed 9")
    page.wait_for_function("document.querySelector('.front [aria-current] strong').textContent === 'Colours'")
    page.goto(page.url.replace("mode=colours&photo=dogs_window&seed=9", "photo=grace_hopper_portrait&smile=0.4"))
    says(page, "#age-edit-status p", "Your face")
    page.wait_for_function("document.querySelector('#age-slider-smile input[type=number]').value == 0.4")


def test_talk_mode_needs_nobody_and_shows_bundled_pictures_where_nothing_answers(browser, running):
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.route(
        "**/component_server*",
        lambda route: route.abort() if '"make"' in (route.request.post_data or "") else route.continue_(),
    )
    page.goto(f"{running.url}?talk=tour")
    page.locator(".layer.seen img").first.wait_for(timeout=60_000)
    first = page.locator(".talk h2").inner_text()
    assert page.locator(".talk .equation").inner_text()
    page.keyboard.press(" ")
    page.wait_for_function(f"document.querySelector('.talk h2').innerText != {json.dumps(first)}")
    page.keyboard.press("ArrowRight")
    page.locator(".layer.seen img").first.wait_for(timeout=20_000)
    assert not page.locator(".toast-body.error").is_visible()
    page.keyboard.press("Escape")
    page.locator(".talk").wait_for(state="hidden")
    assert "talk" not in page.url
    page.close()
