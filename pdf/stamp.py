"""Pictures of our own on printed forms: the QR code and the round seal of demonstrations."""

from io import BytesIO
from math import cos, pi, sin
from xml.sax.saxutils import escape

import segno

from pdf.types import RenderFailed

SAMPLE = "样章"
_RED = "#d3121a"
_SVG = "image/svg+xml"
_MIDDLE = 80.0


def qr(text: str) -> tuple[str, bytes]:
    """A QR code of the text; it survives copying and a stamp on its edge (level M)."""
    out = BytesIO()
    code = segno.make(text, error="m", micro=False)
    code.save(out, kind="svg", xmldecl=False, border=0, omitsize=True)
    return _SVG, out.getvalue()


def seal(text: str) -> tuple[str, bytes]:
    """A round red seal that says it is a sample.

    Raises: RenderFailed bad_seal for any other text: nothing drawn here may pass for a real seal.
    """
    if not text.startswith(SAMPLE) or len(text) > 16:
        raise RenderFailed("bad_seal", "系统只绘制字样为“样章”的演示章。", path="seal_text")
    ring = text if len(text) > len(SAMPLE) else f"{SAMPLE}不作凭证"
    parts = [
        f'<circle cx="80" cy="80" r="74" fill="none" stroke="{_RED}" stroke-width="4.2"/>',
        f'<polygon points="{_star(22, 8.6)}" fill="{_RED}"/>',
        *_ring(ring),
        _text(_MIDDLE, 128, 15, SAMPLE),
    ]
    drawing = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 160 160" '
        f'font-family="Noto Serif SC" fill="{_RED}" text-anchor="middle">{"".join(parts)}</svg>'
    )
    return _SVG, drawing.encode()


def _star(outer: float, inner: float) -> str:
    points = []
    for corner in range(10):
        radius = inner if corner % 2 else outer
        angle = pi * corner / 5
        points.append(f"{_MIDDLE + radius * sin(angle):.2f},{_MIDDLE - radius * cos(angle):.2f}")
    return " ".join(points)


def _ring(text: str) -> list[str]:
    step = min(26.0, 260 / (len(text) - 1))
    start = -step * (len(text) - 1) / 2
    return [
        f'<g transform="rotate({start + step * place:.2f} 80 80)">'
        f"{_text(_MIDDLE, 35, 17, character)}</g>"
        for place, character in enumerate(text)
    ]


def _text(x: float, y: float, size: float, text: str) -> str:
    return f'<text x="{x:g}" y="{y:g}" font-size="{size:g}">{escape(text)}</text>'
