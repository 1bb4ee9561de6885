"""The page as a visitor uses it, and misuses it, in a real browser without internet."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from app_server import TINY, Visit
from relay import relaying

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parent.parent
PAGES = ("play", "compare", "nations", "levers", "data")
LONG = "/?config=tiny&n=200"  # long enough to be in the midst of it
STEPS_ON_THE_WAY = 10  # of a run, when its pause is heard
TAGS = "<script>alert(1)</script>"


def test_no_page_needs_another_host(visit):
    """No page asks another host for anything, gets an error status, or logs an error."""
    for name in PAGES:
        page = visit.open(f"{TINY}&page={name}", settled=False)
        page.locator(".abm-main").wait_for()
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(1000)
        assert visit.seen.found() == {}, name


def test_a_wrong_seed_gets_a_message_beside_it(visit):
    """A seed that is none is named where it stands; results stay, and the next seed is taken."""
    page = visit.open()
    before = visit.tiles()
    message = page.locator(".v-messages__message").filter(has_text="whole number from 0 to")
    for text in ("abc", "", "-1", "1.5", "9" * 30, TAGS):
        visit.type_seed(text)
        message.wait_for()
        page.wait_for_timeout(500)
        assert visit.tiles() == before, text
        assert "seed" not in page.url, text
        visit.type_seed("1")
        message.wait_for(state="detached")
    visit.type_seed("7")
    page.wait_for_url("**seed=7**")
    visit.changed(before)
    assert visit.seen.found() == {}


GIVEN = {
    "unknown field": ("own.yaml", b"name: own\nhorizont: 3\n", r"own\.yaml.*horizont"),
    "no mapping": ("own.yaml", b"- 1\n- 2\n", r"own\.yaml"),
    "not YAML": ("own.yaml", b"name: [unclosed\n: :\n\t- x", r"own\.yaml"),
    "bytes": ("own.bin", bytes(range(256)), r"own\.bin: is not a text file"),
    "huge": ("own.yaml", b"# a comment\n" * 20_000, r"own\.yaml: has 240000 bytes; allowed"),
    "empty": ("own.yaml", b"", r"own\.yaml"),
    "folder": ("../../up.yaml", b"nme: up\n", r"(?<!/)up\.yaml.*nme"),
    "tags": ("<img src=x onerror=alert(1)>.yaml", b"<script>alert(1)</script>: 1\n", r"\.yaml"),
}  # fmt: skip


def test_a_wrong_config_changes_nothing(visit):
    """A file that is no config is refused with its name and the reason; settings stay."""
    page = visit.open()
    before = visit.tiles(), page.url
    for case, (name, data, words) in GIVEN.items():
        upload(visit, name, data)
        page.wait_for_selector(".abm-note")
        assert re.search(words, visit.told, re.DOTALL), (case, visit.told)
        assert "Traceback" not in visit.told
        assert (visit.tiles(), page.url) == before, case
        visit.button("Dismiss").click()
        page.locator(".abm-note").wait_for(state="detached")
    assert not page.get_by_text("Your config:").count()
    assert visit.seen.found() == {}


def test_an_own_config_is_run(visit):
    """A config that is right takes the place of the shipped one, by its name."""
    page = visit.open()
    before = visit.tiles()
    text = (ROOT / "configs" / "tiny.yaml").read_text(encoding="utf-8")
    own = text.replace("name: tiny", "name: my_own").replace("share: 0.5", "share: 0.9")
    upload(visit, "mine.yaml", own.encode())
    page.get_by_text("Your config:").wait_for()
    visit.changed(before)
    assert "my_own" in page.locator(".abm-side").inner_text()
    visit.button("Back to the shipped baseline").click()
    page.get_by_text("Your config:").wait_for(state="detached")
    assert visit.seen.found() == {}


def upload(visit: Visit, name: str, data: bytes) -> None:
    """Choose a file of one's own."""
    given = {"name": name, "mimeType": "text/yaml", "buffer": data}
    visit.page.locator("input[type=file]").set_input_files(given)


def test_play_pressed_twice_holds(visit):
    """Play steps a run from the first quarter; pressed again it holds where it stands."""
    page = visit.open()
    visit.button("Play").click()
    visit.button("Pause").wait_for()
    page.wait_for_function("() => document.querySelector('.quarter').innerText >= '2010Q4'")
    visit.button("Pause").click()
    visit.button("Play").wait_for()
    held = ""
    for _ in range(STEPS_ON_THE_WAY):
        if (now := page.locator(".quarter").inner_text()) == held:
            break
        held = now
        page.wait_for_timeout(1500)
    page.wait_for_timeout(1000)
    assert page.locator(".quarter").inner_text() == held
    assert page.get_by_text(re.compile("one .*run.*an example")).count()
    visit.button("Play").dblclick()
    page.wait_for_timeout(800)
    assert visit.button("Play").count()
    assert visit.seen.found() == {}


def test_reset_and_cancel_while_an_ensemble_runs(visit):
    """Reset goes back to the start and lets the runs go on; cancel ends them; Run begins anew.

    After a cancel the page says that what it shows is not all that was asked for.
    """
    page = visit.open(LONG, settled=False)
    cancel, again = visit.button("Cancel"), visit.button("Run these settings")
    cancel.wait_for()
    page.get_by_role("region").first.wait_for()
    visit.button("Back to the start").click()
    page.wait_for_function("() => document.querySelector('.quarter').innerText === '2010Q1'")
    cancel.click()
    again.wait_for()
    assert re.search("of 200 pairs", visit.state), visit.state
    again.click()
    cancel.wait_for()
    cancel.click()
    again.wait_for()
    assert visit.seen.found() == {}


def test_two_visitors_do_not_meet(server, visits):
    """What one visitor sets, runs and plays never shows on another's page."""
    one, other = visits(server.address), visits(server.address)
    one.open()
    other.open()
    before = other.tiles(), other.page.url, other.page.locator(".quarter").inner_text()
    one.type_seed("11")
    one.page.wait_for_url("**seed=11**")
    one.settle()
    one.button("Back to the start").click()
    one.button("Light or dark").click()
    one.page.wait_for_timeout(800)
    assert (other.tiles(), other.page.url, other.page.locator(".quarter").inner_text()) == before
    assert one.tiles() != before[0]
    assert one.page.locator(".v-application.theme--dark").count()
    assert not other.page.locator(".v-application.theme--dark").count()


def test_a_reload_restores_the_view(visit):
    """The address holds settings, page and quarter; opening it again gives the same numbers."""
    page = visit.open("/?config=tiny&n=4&reform=dcs_tracked%3D30&seed=5&quarter=2015Q2")
    before = visit.tiles()
    page.reload()
    visit.settle()
    assert visit.tiles() == before
    assert page.locator(".quarter").inner_text() == "2015Q2"
    assert page.get_by_role("textbox", name="Seed").input_value() == "5"
    page.get_by_role("navigation", name="Pages").get_by_role("button", name="Compare").click()
    page.wait_for_url("**page=compare**")
    page.reload()
    page.get_by_role("group", name="What is compared").wait_for()
    assert visit.seen.found() == {}


def test_a_lost_connection_comes_back(server, visits):
    """After a cut the page finds its session again: an uploaded config is still set, and works."""
    with relaying(server.port) as relay:
        visit = visits(relay.address)
        page = visit.open()
        own = (ROOT / "configs" / "tiny.yaml").read_bytes().replace(b"name: tiny", b"name: mine")
        upload(visit, "mine.yaml", own)
        page.get_by_text("Your config:").wait_for()
        visit.settle()
        relay.cut()
        page.wait_for_timeout(1500)
        relay.mend()
        page.wait_for_timeout(4000)
        visit.type_seed("3")
        page.wait_for_url("**seed=3**")
        visit.settle()
        assert "mine" in page.locator(".abm-side").inner_text()
        assert not visit.seen.abroad
        visit.close()


HOSTILE = {
    "world=../../etc/passwd": "passwd",
    "config=%2Fetc%2Fpasswd": "passwd",
    "config=..%2F..%2Fsecret.yaml": "secret",
    f"reform={TAGS}": "reform",
    f"world={TAGS}": "world",
    "seed=abc&n=1e9": "seed",
    "n=1000000": "n: ",
    "reform=fms_fast_track=nan": "number",
    "reform=" + "a" * 5000: "longer than",
    "world=%00%ff": "world",
    "reform=rand-1&reform=rand-2&reform=rand-3&reform=rand-4": "reform",
}


def test_a_hostile_link_is_read_as_text(visit):
    """What a link says wrongly is told in words, nothing of it is run, and the page works."""
    for link, words in HOSTILE.items():
        page = visit.open(f"{TINY}&{link}", settled=False)
        page.wait_for_selector(".abm-note")
        assert words in visit.told, (link, visit.told)
        assert "Traceback" not in page.locator("body").inner_text(), link
        assert not page.locator("script", has_text="alert(1)").count(), link
        visit.button("Play").wait_for()
    assert visit.seen.found() == {}


def test_unknown_parts_of_a_link_are_left_out(visit):
    """Parameters that the page does not know, or of a view that is none, do no harm."""
    page = visit.open(f"{TINY}&page={TAGS}&nation={TAGS}&quarter=x&foo=bar&present=2")
    assert page.get_by_role("group", name="Charts").count()
    assert "script" not in page.url
    assert visit.seen.found() == {}


def test_downloads_are_named_by_the_page(visit):
    """Files that are taken away have plain names, and the charts' CSV carries N and the seed."""
    page = visit.open()
    names = []
    visit.button("Take away").click()
    page.get_by_text("The same numbers on the command line").wait_for()
    for label in ("Reform 1 as a preset", "Config of reform 1"):
        with page.expect_download() as got:
            page.get_by_role("button", name=label).click()
        names.append(got.value.suggested_filename)
    assert names == ["reform-1.yaml", "reform-1-config.yaml"]
    visit.button("Close").last.click()
    page.get_by_role("button", name="Take this chart away").first.click()
    with page.expect_download() as got:
        page.get_by_text("CSV").first.click()
    assert re.fullmatch(r"[a-z0-9_-]+\.csv", got.value.suggested_filename)
    lines = Path(got.value.path()).read_text(encoding="utf-8").splitlines()
    assert {"n", "seed", "config"} <= {one.lower() for one in lines[0].split(",")}
    assert visit.seen.found() == {}
