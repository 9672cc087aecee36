"""Video in, video out: every frame changed by a function, the sound passed through.

Decoding and encoding are FFmpeg's, through PyAV. Frames are handled one at a time, so memory does not grow with length.
"""

import contextlib
import math
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TypedDict

import av
import torch
from av.container import InputContainer, OutputContainer
from av.error import FFmpegError, InvalidDataError
from av.video.stream import VideoStream
from torch import Tensor

from convgen import film_colors, picture_files
from convgen.progress import Progress


class _Reading(TypedDict, total=False):
    metadata_errors: str


MAX_SECONDS = 60.0
MAX_PIXELS = 4096 * 2304
MAX_FRAMES_PER_SECOND = 30.0
LEAST_SIDE = 16
MOST_STRETCHED = 8
"""How many times longer one side of a pixel can be than the other; what says more is not believed."""
UNEVEN = 1.05
"""How many times the limit of frames a second is still within it: phones keep their rate about."""
EARLY = 0.2
"""Share of the distance of two frames by which one may come too early and is still taken."""
CONTAINERS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,flv,ogg,asf,gif"
"""What is opened. Play lists are not among them: they name other files and addresses."""
COPIED_SOUND = ("aac", "mp3", "ac3", "alac")
"""Sound that MP4 holds and browsers play; any other is encoded as AAC."""
AAC_RATES = {8000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 64_000, 88_200, 96_000}
"""Samples a second that AAC knows; sound of any other rate is resampled."""
CLOCK = Fraction(1, 90_000)
UNREADABLE_TEXT: _Reading = {"metadata_errors": "ignore"} if int(av.__version__.split(".")[0]) < 19 else {}
"""How titles in an unknown alphabet are passed over; PyAV 19 does it by itself and knows no such option."""
BACK = 1.0
"""Seconds that a time must go back for a new part to begin: a file was joined of several."""

NOT_A_VIDEO = "This file is not a video that can be read; use MP4, MOV, WebM, MKV or AVI."
NO_FRAMES = "This video has no pictures in it; choose another one."
DAMAGED = "This video is cut off or damaged; save or download it again and use the new file."


@dataclass(frozen=True)
class VideoFacts:
    """What a file says of itself.

    Attributes:
        width, height: of the upright picture in square pixels, before any change of size.
        seconds: from the first to the end of the last picture.
        frames: pictures in the file.
        sound: whether there is any.
    """

    width: int
    height: int
    seconds: float
    frames: int
    sound: bool

    @property
    def frames_per_second(self) -> float:
        return self.frames / self.seconds


def probe(source: str | Path, *, max_seconds: float = MAX_SECONDS, max_pixels: int = MAX_PIXELS) -> VideoFacts:
    """Look into a file that a stranger sent, without decoding more than its first picture.

    Raises:
        ValueError: one sentence for the visitor: not a video, no pictures, damaged, too long, or too large.
    """
    with _open(source) as container:
        if not container.streams.video:
            raise ValueError(NO_FRAMES)
        stream = container.streams.video[0]
        _refuse_large(stream.codec_context.width, stream.codec_context.height, max_pixels)
        times, first, onwards, read = [], None, _Onwards(), 0
        try:
            for packet in container.demux(stream):
                read += packet.size
                if packet.pts is not None:
                    times.append(onwards(float(packet.pts * packet.time_base)))
                    if times[-1] - times[0] > max_seconds + 1:
                        break
                if first is None:
                    with contextlib.suppress(InvalidDataError):
                        first = next(iter(packet.decode()), None)
        except FFmpegError as error:
            if first is None:
                raise ValueError(DAMAGED) from error
        if first is None:
            raise ValueError(DAMAGED if read or stream.frames else NO_FRAMES)
        _refuse_large(first.width, first.height, max_pixels)
        length = max(times, default=0.0) - min(times, default=0.0)
        seconds = length + (length / (len(times) - 1) if length else 1 / 25)
        if seconds > max_seconds + 0.5:
            whole = max(seconds, float(container.duration or 0) / av.time_base)
            raise ValueError(
                f"This video lasts {whole:.0f} seconds and at most {max_seconds:g} are possible: cut it and try again."
            )
        width, height = _upright_size(first, stream)
        return VideoFacts(width, height, seconds, max(1, len(times)), bool(container.streams.audio))


def fitted_size(facts: VideoFacts, longest_side: int) -> tuple[int, int]:
    """(width, height) at which a video is worked on: as its file, but not above `longest_side`, and both even."""
    scale = min(1.0, longest_side / max(facts.width, facts.height))
    width, height = (max(LEAST_SIDE, 2 * round(side * scale / 2)) for side in (facts.width, facts.height))
    return width, height


def change_frames(
    source: str | Path,
    target: str | Path,
    change: Callable[[Tensor], Tensor],
    *,
    longest_side: int = 512,
    max_seconds: float = MAX_SECONDS,
    max_pixels: int = MAX_PIXELS,
    max_frames_per_second: float = MAX_FRAMES_PER_SECOND,
    comment: str = "",
) -> Iterator[Progress]:
    """Write a video with every frame changed: H.264 in MP4, yuv420p, square pixels, with the sound of the source.

    Its colours are of standard range: BT.709 from 720 lines on and BT.601 below, as it says itself.

    Closing the generator half-way finishes the file too: what was made so far can be played.

    Args:
        target: a path ending in .mp4.
        change: (1, 3, H, W) float32 in [0, 1] on the CPU -> (1, 3, h, w), even and the same for all frames, any device.
        max_frames_per_second: a film that has fewer on average keeps each, however uneven their times; of others some
            are left out.
        comment: what the file says of itself.
    Yields:
        Progress a frame, with the changed frame as its image.
    Raises:
        ValueError: as `probe`.
    """
    facts = probe(source, max_seconds=max_seconds, max_pixels=max_pixels)
    width, height = fitted_size(facts, longest_side)
    rate = min(facts.frames_per_second, max_frames_per_second)
    total = max(1, round(facts.seconds * rate))
    done, sound, picture = 0, None, None
    output = av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"})
    try:
        picture = output.add_stream("libx264", rate=max(1, round(rate)), options={"crf": "20", "preset": "veryfast"})
        picture.pix_fmt, picture.codec_context.time_base = "yuv420p", CLOCK
        output.metadata["comment"] = comment
        if facts.sound:
            with contextlib.suppress(FFmpegError, AttributeError, ValueError):  # a kind that FFmpeg does not know
                sound = _Sound(source, output)
        distance = 0.0 if facts.frames_per_second <= UNEVEN * max_frames_per_second else 1 / max_frames_per_second
        for seconds, frame, stream in _frames(source, max_seconds, max_pixels, distance):
            image = change(_to_tensor(frame, width, height, stream)).detach().float().clamp(0, 1).cpu()
            values = image[0].permute(1, 2, 0).mul(255).round().to(torch.uint8).contiguous().numpy()
            if not done:
                picture.height, picture.width = values.shape[:2]
                _say_colors(picture.codec_context, frame, stream)
            changed = film_colors.frame_of(values)
            changed.pts, changed.time_base = round(seconds / CLOCK), CLOCK
            output.mux(picture.encode(changed))
            if sound is not None:
                sound.up_to(seconds)
            done += 1
            yield Progress(done, max(done, total), image, {})
        if sound is not None:
            sound.up_to(facts.seconds)
    finally:
        if sound is not None:
            sound.close()
        if done and picture is not None:
            output.mux(picture.encode(None))
        output.close()
        if not done:
            Path(target).unlink(missing_ok=True)
    if not done:
        raise ValueError(NO_FRAMES)


def some_frames(
    source: str | Path, *, most: int, longest_side: int = 1024, max_seconds: float = MAX_SECONDS
) -> Iterator[Tensor]:
    """Frames of a video, evenly spread over it.

    Args:
        most: about so many.
    Yields:
        (1, 3, H, W) float32 in [0, 1].
    Raises:
        ValueError: as `probe`.
    """
    facts = probe(source, max_seconds=max_seconds)
    width, height = fitted_size(facts, longest_side)
    distance = facts.seconds / most
    for count, (_, frame, stream) in enumerate(_frames(source, max_seconds, MAX_PIXELS, distance)):
        if count >= 2 * most:
            return
        yield _to_tensor(frame, width, height, stream)


# ---- reading


def _open(source: str | Path) -> InputContainer:
    """A container of a known kind that reads nothing but its own file."""
    options = {"format_whitelist": CONTAINERS, "protocol_whitelist": "file"}
    try:
        return av.open(str(Path(source).resolve()), options=options, **UNREADABLE_TEXT)
    except (FFmpegError, ValueError, OSError) as error:
        raise ValueError(DAMAGED if _begins_as_a_video(source) else NOT_A_VIDEO) from error


def _begins_as_a_video(source: str | Path) -> bool:
    try:
        with Path(source).open("rb") as file:
            head = file.read(64)
    except (OSError, ValueError):
        return False
    if head[4:8] == b"ftyp":
        return not picture_files.kind_of(head)
    signatures = (b"\x1aE\xdf\xa3", b"FLV\1", b"OggS", b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", b"GIF8")
    return (
        head[4:8] in (b"moov", b"mdat", b"wide")
        or head.startswith(signatures)
        or (head[:4] == b"RIFF" and head[8:12] == b"AVI ")
    )


def _refuse_large(width: int, height: int, max_pixels: int) -> None:
    if width * height > max_pixels:
        raise ValueError(
            f"The pictures of this video are {width} x {height} pixels, and at most {max_pixels / 1e6:.1f} megapixels "
            "are possible: make it smaller and use it again."
        )


def _frames(
    source: str | Path, max_seconds: float, max_pixels: int, distance: float
) -> Iterator[tuple[float, av.VideoFrame, VideoStream]]:
    """(seconds since the beginning, frame, its stream), at least `distance` apart on average.

    Frames that cannot be decoded are lost, and so are those that come no later than the one before.
    """
    with _open(source) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_type = "AUTO"
        begins = last = None
        due = 0.0
        onwards = _Onwards()
        # AVI has one time a frame, that of decoding; it comes as that of showing, out of order where frames look ahead.
        # The last frames that are decoded have none, and follow a tick apart.
        decoding, ticks = "avi" in container.format.name, -1
        for frame in _decoded(container, stream):
            if decoding:
                ticks = ticks + 1 if frame.dts is None else frame.dts
            elif frame.pts is None:
                continue
            else:
                ticks = frame.pts
            seconds = onwards(_in_seconds(ticks, frame.time_base))
            begins = seconds if begins is None else begins
            seconds -= begins
            if seconds > max_seconds + 1:
                return
            if last is not None and (seconds < last + float(CLOCK) or seconds < due - EARLY * distance):
                continue
            _refuse_large(frame.width, frame.height, max_pixels)
            due = seconds + distance if last is None or due + distance <= seconds else due + distance
            last = seconds
            yield seconds, frame, stream


def _in_seconds(ticks: int, time_base: Fraction | None) -> float:
    if time_base is None:
        raise ValueError(DAMAGED)
    return float(ticks * time_base)


class _Onwards:
    """Seconds that do not begin anew: the next part of a file that was joined of several follows the one before it."""

    def __init__(self):
        self._shift, self._latest, self._step = 0.0, -math.inf, 1 / 25

    def __call__(self, seconds: float) -> float:
        now = seconds + self._shift
        if now < self._latest - BACK:
            self._shift = self._latest + self._step - seconds
            now = seconds + self._shift
        elif 0 < now - self._latest < math.inf:
            self._step = now - self._latest
        self._latest = max(now, self._latest)
        return now


def _decoded(container: InputContainer, stream: VideoStream) -> Iterator[av.VideoFrame]:
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
            if packet is None:
                return
            frames = packet.decode()
        except InvalidDataError:
            continue
        except (FFmpegError, EOFError):
            return
        yield from frames


def _upright_size(frame: av.VideoFrame, stream: VideoStream) -> tuple[int, int]:
    """(width, height) in square pixels: the shorter side of a pixel becomes as long as the longer."""
    width, height = frame.width, frame.height
    stretch = float(stream.sample_aspect_ratio or stream.codec_context.sample_aspect_ratio or 1)
    if 1 < stretch <= MOST_STRETCHED:
        width = round(width * stretch)
    elif 1 / MOST_STRETCHED <= stretch < 1:
        height = round(height / stretch)
    return (height, width) if frame.rotation % 180 else (width, height)


def _to_tensor(frame: av.VideoFrame, width: int, height: int, stream: VideoStream) -> Tensor:
    """An upright frame (1, 3, height, width) float32 in [0, 1]."""
    turns = round(frame.rotation / 90) % 4
    size = (height, width) if turns % 2 else (width, height)
    image = film_colors.rgb_of(frame, *size, stream.codec_context.color_trc)
    return torch.rot90(image, turns, (2, 3)).contiguous()


def _say_colors(output: av.VideoCodecContext, frame: av.VideoFrame, stream: VideoStream) -> None:
    output.colorspace, output.color_range = film_colors.matrix_for(output.height), film_colors.LIMITED
    output.color_primaries, output.color_trc = film_colors.primaries_and_transfer(frame, stream.codec_context)


# ---- sound


class _Sound:
    """The sound of a file, written beside the pictures up to the same moment; unreadable sound is left out."""

    def __init__(self, source: str | Path, output: OutputContainer):
        self._container = _open(source)
        self._input = self._container.streams.audio[0]
        self._output = output
        pictures = self._container.streams.video[0]
        self._begins = _in_seconds(pictures.start_time or 0, pictures.time_base)
        self._copies = self._input.codec_context.name.removesuffix("float") in COPIED_SOUND
        if self._copies:
            self._stream = output.add_stream_from_template(self._input)
        else:
            rate = self._input.codec_context.sample_rate
            self._stream = output.add_stream("aac", rate=rate if rate in AAC_RATES else 48_000)
        self._packets = self._written()
        self._next: tuple[float, list[av.Packet]] | None = None

    def _written(self) -> Generator[tuple[float, list[av.Packet]]]:
        """(seconds, packets for the output) in order."""
        onwards = _Onwards()

        def moved(part: av.AudioFrame | av.Packet) -> int:
            """The time of a part since the beginning of the pictures."""
            if part.pts is None or part.time_base is None:
                raise ValueError(DAMAGED)
            return round((onwards(float(part.pts * part.time_base)) - self._begins) / part.time_base)

        try:
            for packet in self._container.demux(self._input):
                if not self._copies:
                    for frame in packet.decode():
                        frame.pts = moved(frame)
                        if frame.pts >= 0:
                            yield _in_seconds(frame.pts, frame.time_base), self._stream.encode(frame)
                elif packet.pts is not None:
                    packet.pts = packet.dts = moved(packet)
                    packet.stream = self._stream
                    if packet.dts >= 0:
                        yield _in_seconds(packet.pts, packet.time_base), [packet]
        except FFmpegError:
            return

    def up_to(self, seconds: float) -> None:
        while True:
            if self._next is None:
                self._next = next(self._packets, None)
            if self._next is None or self._next[0] > seconds:
                return
            self._output.mux(self._next[1])
            self._next = None

    def close(self) -> None:
        self._packets.close()
        if not self._copies:
            with contextlib.suppress(FFmpegError):
                self._output.mux(self._stream.encode(None))
        self._container.close()
