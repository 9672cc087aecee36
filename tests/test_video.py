"""Video in, video out: sizes, sound, stopping half-way, and files that are no videos."""

from fractions import Fraction

import av
import numpy as np
import pytest
import torch
from odd_videos import LEFT, RIGHT, shown_colours, write_colours, write_sound, write_video

from convgen import film_colors, video

STRIPES = [(0.75, 0.15, 0.15), (0.15, 0.75, 0.15), (0.15, 0.15, 0.75), (0.5, 0.5, 0.5)]


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


def frame_times(path):
    with av.open(str(path)) as film:
        return [float(frame.pts * frame.time_base) for frame in film.decode(video=0)]


@pytest.mark.parametrize(
    "times",
    [
        (0, 0.01, 0.02, 0.03, 1, 1.01, 1.02, 2, 2.5),
        (*(n / 120 for n in range(30)), 1.5, 2.0),
        (0, 0.02, 0.07, 0.09, 0.14, 0.16, 0.21, 0.23),
        tuple(n / 30 for n in range(30)),
    ],
    ids=["bursts", "a fast part", "a phone's", "even"],
)
def test_frames_at_uneven_times_are_all_kept_with_their_times(tmp_path, times):
    source, target = write_colours(tmp_path / "a.mkv", STRIPES, times=times), tmp_path / "out.mp4"
    assert len(changed(source, target)) == len(times)
    assert np.abs(np.subtract(frame_times(target), times)).max() < 0.002


@pytest.mark.parametrize(("per_second", "kept"), [(120, 30), (60, 30), (50, 30), (40, 30), (33, 30), (29.97, 30)])
def test_faster_films_are_thinned_to_the_limit(tmp_path, per_second, kept):
    times = tuple(n / per_second for n in range(round(per_second)))
    source, target = write_colours(tmp_path / "a.mkv", STRIPES, times=times), tmp_path / "out.mp4"
    assert abs(len(changed(source, target)) - kept) <= 1
    assert min(np.diff(frame_times(target))) > 0.015 and max(np.diff(frame_times(target))) < 0.07


@pytest.mark.parametrize(
    ("size", "matrix", "span", "target_size"),
    [
        ((1280, 720), 1, 1, 1280),
        ((1280, 720), 1, 1, 512),
        ((1280, 720), 2, 1, 512),
        ((1280, 720), 6, 1, 1280),
        ((320, 240), 2, 1, 320),
        ((320, 240), 1, 1, 320),
        ((320, 240), 6, 2, 320),
        ((320, 240), 1, 2, 160),
        ((320, 240), 9, 1, 320),
    ],
)
def test_a_player_shows_the_colours_that_it_showed_before(tmp_path, size, matrix, span, target_size):
    source, target = tmp_path / "a.mp4", tmp_path / "out.mp4"
    write_colours(source, STRIPES, size=size, matrix=matrix, span=span)
    assert np.abs(shown_colours(source, 4) - STRIPES).max() < 0.015
    image = changed(source, target, lambda image: image, longest_side=target_size)[0].image
    assert np.abs(image[0, :, 4, image.shape[-1] // 8].numpy() - STRIPES[0]).max() < 0.015
    assert np.abs(shown_colours(target, 4) - STRIPES).max() < 0.015
    with av.open(str(target)) as film:
        context = film.streams.video[0].codec_context
        assert context.colorspace == (1 if context.height >= 720 else 6) and context.color_range == 1


def test_what_a_film_says_of_its_light_is_kept(tmp_path):
    source, target = tmp_path / "a.mp4", tmp_path / "out.mp4"
    for size, said, kept in (((64, 48), 2, 2), ((64, 48), 6, 6), ((1280, 720), 2, 1)):
        changed(write_colours(source, STRIPES, size=size, primaries=said, transfer=said), target, longest_side=64)
        with av.open(str(target)) as film:
            context = film.streams.video[0].codec_context
            assert (context.color_primaries, context.color_trc) == (kept, kept)


@pytest.mark.parametrize(
    ("transfer", "levels"), [(18, (0.0, 0.38, 0.75, 1.0)), (16, (0.0, 0.38, 0.58, 0.7518))], ids=["HLG", "PQ"]
)
def test_hdr_films_are_brought_to_standard_range(tmp_path, transfer, levels):
    # ITU-R BT.2408: a gray card is 26 cd/m2 and white paper 203; BT.2390 makes 161 of the latter, and 203 of 1000.
    expected = [0.0, *(1.055 * (light / 203) ** (1 / 2.4) - 0.055 for light in (26, 161, 203))]  # sRGB
    grays = [(level,) * 3 for level in levels]
    source, target = tmp_path / "a.mkv", tmp_path / "out.mp4"
    write_colours(
        source, grays, codec="ffv1", pixels="yuv420p10le", matrix=9, primaries=9, transfer=transfer, size=(128, 48)
    )
    changed(source, target, lambda image: image)
    assert np.abs(shown_colours(target, 4) - np.array(expected)[:, None]).max() < 0.02
    with av.open(str(target)) as film:
        context = film.streams.video[0].codec_context
        assert (context.color_primaries, context.color_trc, context.pix_fmt) == (1, 1, "yuv420p")


def test_the_curve_of_hdr_leaves_the_dark_alone_and_colours_keep_their_hue():
    light = torch.tensor([0.0, 1.0, 50.0, 90.0, 1000.0])
    assert torch.allclose(film_colors.rolled_off(light), torch.tensor([0.0, 1.0, 50.0, 90.0, 203.0]), atol=0.1)
    assert torch.allclose(film_colors.pq_light(film_colors.pq_values(light)), light, rtol=1e-2, atol=1e-2)
    red = torch.tensor([0.6, 0.35, 0.25]).view(1, 3, 1, 1)
    shown = film_colors.sdr_of(red, film_colors.HLG).flatten()
    assert shown[0] > shown[1] > shown[2] and ((shown >= 0) & (shown <= 1)).all()


@pytest.mark.parametrize(("aspect", "shape"), [((2, 1), (128, 48)), ((1, 2), (64, 96)), ((1, 1), (64, 48))])
def test_films_of_long_pixels_keep_their_shape(tmp_path, aspect, shape):
    source, target = tmp_path / "a.mkv", tmp_path / "out.mp4"
    write_colours(source, STRIPES, aspect=Fraction(*aspect))
    facts = video.probe(source)
    assert (facts.width, facts.height) == shape
    assert changed(source, target)[0].image.shape[-2:] == shape[::-1]
    with av.open(str(target)) as film:
        assert float(film.streams.video[0].sample_aspect_ratio or 1) in (0, 1)  # nothing is said, or square
    assert (
        changed(source, target, longest_side=48)[0].image.shape[-2:]
        == {
            (128, 48): (18, 48),
            (64, 96): (48, 32),
            (64, 48): (36, 48),
        }[shape]
    )


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
    whole = write_colours(tmp_path / "index_first.mp4", STRIPES, options={"movflags": "faststart"}).read_bytes()
    for name, data in (
        ("cut.mp4", source.read_bytes()[:200]),
        ("no_index.mp4", source.read_bytes()[:-200]),
        ("no_pictures.mp4", whole[: whole.index(b"mdat") + 4]),
        ("cut.mkv", write_video(tmp_path / "c.mkv").read_bytes()[:100]),
    ):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ValueError, match="cut off or damaged"):
            video.probe(tmp_path / name)


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
