import base64
import json
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from apis.activities import stream_codec
from apis.activities.recordings import Streams
from apis.activities.stream_codec import decode_streams, encode_streams


def test_samples_come_back_to_the_resolution_of_their_sensor() -> None:
    streams = Streams(
        time_s=np.array([0.0, 1.0, 2.5]),
        heartrate_bpm=np.array([140.0, np.nan, 141.0]),
        distance_m=np.array([0.0, 3.14, 6.28]),
        altitude_m=np.array([-12.3, np.nan, 40.0]),
        lat=np.array([52.1234567, -33.7654321, np.nan]),
    )
    found = decode_streams(encode_streams(streams))
    assert found.channels().keys() == streams.channels().keys()
    for name, values in streams.channels().items():
        np.testing.assert_allclose(found.channels()[name], values, rtol=0, atol=1e-9)


def test_a_channel_that_was_never_recorded_stays_absent() -> None:
    assert decode_streams(encode_streams(Streams(np.array([0.0, 1.0])))).power_w is None


def test_a_long_recording_is_cut_into_parts_that_fit_an_item() -> None:
    random = np.random.default_rng(7)
    count = 60_000
    streams = Streams(np.arange(count, dtype=float), *(random.normal(100, 30, count) for _ in range(5)))
    parts = encode_streams(streams)
    assert len(parts) > 1
    assert max(map(len, parts)) <= stream_codec.PART_CHARS
    np.testing.assert_allclose(decode_streams(parts).time_s, streams.time_s)


def noisy(count: int) -> Streams:
    """A ride as sensors tell it: every channel walks, and every sample is off by a little."""
    random = np.random.default_rng(3)
    speed = np.clip(7 + np.cumsum(random.normal(0, 0.03, count)) * 0.2 + random.normal(0, 0.12, count), 0, None)
    heartrate = np.rint(145 + np.cumsum(random.normal(0, 0.5, count)) * 0.3 + random.normal(0, 0.6, count))
    heartrate[100:160] = np.nan
    turns = np.cumsum(random.normal(0, 0.03, count))
    return Streams(
        np.arange(count, dtype=float),
        heartrate_bpm=heartrate,
        distance_m=np.cumsum(speed),
        speed_mps=speed,
        altitude_m=40 + np.cumsum(random.normal(0, 0.08, count)) + random.normal(0, 0.15, count),
        cadence_spm=np.rint(85 + random.normal(0, 1.2, count)),
        temperature_c=np.rint(20 + np.cumsum(random.normal(0, 0.01, count))),
        power_w=np.rint(np.clip(220 + random.normal(0, 35, count), 0, None)),
        lat=52.5 + np.cumsum(speed * np.cos(turns)) / 111_195 + random.normal(0, 4e-6, count),
        lon=13.4 + np.cumsum(speed * np.sin(turns)) / 67_000 + random.normal(0, 4e-6, count),
    )


def test_a_noisy_ride_with_every_channel_takes_ten_characters_a_sample() -> None:
    assert sum(map(len, encode_streams(noisy(5_400)))) < 10.5 * 5_400


def test_the_form_before_is_still_read() -> None:
    missing = np.iinfo(np.int64).min // 4
    streams = noisy(300)
    channels = {}
    for name, values in streams.channels().items():
        steps = np.rint(np.nan_to_num(values) * stream_codec._STEPS_PER_UNIT[name]).astype(np.int64)
        channels[name] = np.diff(np.where(np.isnan(values), missing, steps), prepend=0).tolist()
    text = base64.b64encode(zlib.compress(json.dumps(channels).encode())).decode()
    before, now = decode_streams([text[:200], text[200:]]), decode_streams(encode_streams(streams))
    assert before.channels().keys() == now.channels().keys() == streams.channels().keys()
    for name, values in before.channels().items():
        np.testing.assert_array_equal(values, now.channels()[name])


SAMPLES = st.floats(-200_000, 200_000, width=32) | st.just(float("nan"))


@given(
    st.integers(0, 40).flatmap(
        lambda size: st.tuples(*[arrays.arrays(np.float64, size, elements=SAMPLES) for _ in range(3)])
    )
)
@settings(max_examples=60, derandomize=True, database=None, deadline=None)
def test_any_samples_come_back_to_the_nearest_step(channels: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    time_s, speed, power = channels
    found = decode_streams(encode_streams(Streams(time_s, speed_mps=speed, power_w=power)))
    for sent, got, step in ((time_s, found.time_s, 1e-3), (speed, found.speed_mps, 1e-3), (power, found.power_w, 1.0)):
        assert got is not None
        np.testing.assert_allclose(got, sent, rtol=0, atol=0.51 * step)


@pytest.mark.parametrize("jump", [1, 127, 128, 40_000, 3_000_000_000])
def test_a_jump_of_any_size_survives(jump: int) -> None:
    power = np.array([0.0, jump, jump, -jump, 0.0])
    found = decode_streams(encode_streams(Streams(np.arange(5.0), power_w=power))).power_w
    assert found is not None
    assert found.tolist() == power.tolist()
