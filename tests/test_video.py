"""Video in, video out: sizes, sound, stopping half-way, and files that are no videos."""

import av
import numpy as np
import pytest
import torch
from odd_videos import LEFT, RIGHT, write_sound, write_video

from convgen import video


def streams(path):
    """(kind, codec, seconds) of every stream."""
    with av.open(str(path)) as container:
        return [(s.type, s.codec_context.name, float(s.duration * s.time_base)) for s in container.streams]


def first_frame(path):
    with av.open(str(path)) as container:
        return next(container.decode(video=0)).to_ndarray(format="rgb24")


def changed(source, target, change=lambda image: 1 - image, **options):
    return list(video.change_frames(source, target, change, **options))


@pytest.mark.parametrize(
    ("name", "options", "sound"),
    [
        ("film.mp4", {"sound": "aac"}, "aac"),
        ("film.mkv", {"sound": "pcm_s16le"}, "aac"),
        ("fine.mkv", {"sound": "pcm_s16le", "rate": 192_000}, "aac"),
        ("rough.mkv", {"sound": "pcm_s16le", "rate": 4000}, "aac"),
        ("ahead.avi", {"codec": "libx264", "sound": "libmp3lame"}, "mp3float"),
        ("film.avi", {"codec": "mpeg4", "sound": "libmp3lame"}, "mp3float"),
        ("film.ts", {"sound": "aac"}, "aac"),
        ("film.webm", {"codec": "libvpx"}, None),
        ("film.gif", {"codec": "gif", "pixels": "rgb8"}, None),
    ],
)
def test_every_frame_is_changed_and_the_sound_stays(tmp_path, name, options, sound):
    source, target = write_video(tmp_path / name, **options), tmp_path / "out.mp4"
    steps = changed(source, target)
    assert [p.step for p in steps] == list(range(1, 13)) and steps[-1].total == 12
    assert steps[0].image.shape == (1, 3, 48, 64)
    found = streams(target)
    assert [(kind, codec) for kind, codec, _ in found] == [("video", "h264")] + [("audio", sound)] * bool(sound)
    assert all(abs(seconds - 1) < 0.15 for *_, seconds in found)
    frame = first_frame(target)
    for x, colour in ((16, LEFT), (48, RIGHT)):
        assert np.abs(frame[24, x].astype(int) - (255 - np.array(colour))).max() < 30


def test_the_parts_of_a_joined_file_follow_each_other(tmp_path):
    parts = [
        write_video(tmp_path / f"{name}.ts", sound="aac", frames=frames) for name, frames in (("a", 36), ("b", 24))
    ]
    joined, target = tmp_path / "joined.ts", tmp_path / "out.mp4"
    joined.write_bytes(b"".join(part.read_bytes() for part in parts))
    facts = video.probe(joined)
    assert facts.frames == 60 and abs(facts.seconds - 5) < 0.3  # frames that look ahead hide when the first part ends
    assert len(changed(joined, target)) == 60
    assert all(abs(seconds - 5) < 0.15 for *_, seconds in streams(target))


def test_times_go_on_where_a_part_begins_anew_and_else_stay_as_they_are():
    times = [-5.0, -4.5, -4.7, -4.0, -6.0, -5.5]
    onwards = video._Onwards()
    assert [onwards(time) for time in times] == [-5.0, -4.5, -4.7, -4.0, -3.5, -3.0]


def test_a_title_in_an_unknown_alphabet_is_passed_over(tmp_path):
    source = write_video(tmp_path / "a.mp4", title="Ringstrasse")
    data = source.read_bytes()
    assert b"Ringstrasse" in data
    source.write_bytes(data.replace(b"Ringstrasse", b"Ringstra\xdfe "))
    assert video.probe(source).frames == 12 and len(changed(source, tmp_path / "out.mp4")) == 12


def test_odd_and_large_sizes_are_fitted_and_fast_videos_thinned(tmp_path):
    source = write_video(tmp_path / "a.mkv", size=(133, 77), frames=30, per_second=60, pixels="yuv444p")
    steps = changed(source, tmp_path / "out.mp4", longest_side=64)
    assert steps[0].image.shape == (1, 3, 38, 64) and len(steps) == 15
    assert video.fitted_size(video.probe(source), 500) == (132, 76)
    assert abs(video.probe(tmp_path / "out.mp4").seconds - 0.5) < 0.05


def test_the_same_frames_give_the_same_picture_and_nothing_is_drawn_from_the_global_stream(tmp_path):
    source = write_video(tmp_path / "a.mp4", frames=3)
    before = torch.random.get_rng_state()
    first, second = (changed(source, tmp_path / f"{n}.mp4")[-1].image for n in range(2))
    assert torch.equal(first, second) and torch.equal(before, torch.random.get_rng_state())


def test_closed_half_way_the_file_plays(tmp_path):
    source, target = write_video(tmp_path / "a.mp4", frames=40, sound="aac"), tmp_path / "half.mp4"
    run = video.change_frames(source, target, lambda image: image)
    for _ in range(12):
        next(run)
    run.close()
    facts = video.probe(target)
    assert facts.frames == 12 and facts.sound and abs(facts.seconds - 1) < 0.1
    closed_at_once = video.change_frames(source, tmp_path / "none.mp4", lambda image: image)
    closed_at_once.close()
    assert not (tmp_path / "none.mp4").exists()


def test_an_error_in_the_change_is_passed_on_and_the_file_is_closed(tmp_path):
    source = write_video(tmp_path / "a.mp4", frames=4)

    def fails(image):
        raise RuntimeError("out of memory")

    with pytest.raises(RuntimeError, match="out of memory"):
        changed(source, tmp_path / "out.mp4", fails)
    assert not (tmp_path / "out.mp4").exists()


def test_what_is_no_video_gets_one_sentence(tmp_path):
    (tmp_path / "text.mp4").write_text("not a film")
    (tmp_path / "empty.mp4").write_bytes(b"")
    (tmp_path / "list.m3u8").write_text("#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n")
    (tmp_path / "list.mp4").write_text("ffconcat version 1.0\nfile /etc/passwd\n")
    for name in ("text.mp4", "empty.mp4", "list.m3u8", "list.mp4", "missing.mp4"):
        with pytest.raises(ValueError, match="not a video"):
            video.probe(tmp_path / name)
    with pytest.raises(ValueError, match="no pictures"):
        video.probe(write_sound(tmp_path / "sound.m4a"))


def test_limits_and_damage_get_one_sentence(tmp_path):
    source = write_video(tmp_path / "a.mp4", frames=36)
    with pytest.raises(ValueError, match="lasts 3 seconds and at most 2 are possible"):
        video.probe(source, max_seconds=2)
    with pytest.raises(ValueError, match="64 x 48 pixels"):
        video.probe(source, max_pixels=3000)
    whole = write_video(tmp_path / "b.ts", frames=36).read_bytes()
    (tmp_path / "cut.ts").write_bytes(whole[: len(whole) // 2])
    assert 0 < video.probe(tmp_path / "cut.ts").frames < 36
    (tmp_path / "cut.mp4").write_bytes(source.read_bytes()[:200])
    with pytest.raises(ValueError, match="video"):
        video.probe(tmp_path / "cut.mp4")


def test_phone_videos_are_turned_upright(tmp_path):
    source, turned = write_video(tmp_path / "a.mp4"), tmp_path / "turned.mp4"
    data = source.read_bytes()
    straight = b"".join(n.to_bytes(4, "big") for n in (0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000))
    quarter = b"".join((n % 2**32).to_bytes(4, "big") for n in (0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000))
    at = data.rindex(straight)  # the matrix of the track; the first is that of the film
    turned.write_bytes(data[:at] + quarter + data[at + len(straight) :])
    facts = video.probe(turned)
    assert (facts.width, facts.height) == (48, 64)
    steps = changed(turned, tmp_path / "out.mp4", lambda image: image)
    assert steps[0].image.shape == (1, 3, 64, 48)
    top, bottom = steps[0].image[0, :, 10, 24], steps[0].image[0, :, 54, 24]
    assert top[0] > 0.6 and bottom[2] > 0.6  # a quarter turn clockwise: left becomes top
