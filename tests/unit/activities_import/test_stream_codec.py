import numpy as np

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


def test_five_thousand_samples_take_less_than_80_kilobytes() -> None:
    random = np.random.default_rng(7)
    time_s = np.arange(5000, dtype=float)
    walk = np.cumsum(random.normal(0, 1, 5000))
    streams = Streams(
        time_s, np.rint(140 + walk / 9), time_s * 7, time_s * 0 + 7, 40 + walk / 5, lat=52 + time_s * 6e-5
    )
    assert sum(map(len, encode_streams(streams))) < 80_000
