"""The measure of growth tells a square from a line, or a limit that is kept by it would mean nothing."""

from tests.support.growth import MOST, growth, repeated


def test_a_line_grows_as_a_line() -> None:
    assert growth(lambda text: [char for char in text if char == "b"], repeated("ab")) <= MOST


def test_a_square_grows_as_a_square() -> None:
    assert growth(lambda text: [text[:at].count("b") for at in range(len(text))], repeated("ab")) > MOST
