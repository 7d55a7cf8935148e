"""Template and data to PDF bytes with WeasyPrint, which may load nothing but our own pictures.

FONTCONFIG_FILE must name the file of `pdf.fonts.write_configuration` before this is imported.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from pdf import stamp
from pdf.fonts import Coverage
from pdf.template import Asset, fill
from pdf.types import MODES, Mode, RenderFailed

STYLESHEET = Path(__file__).parent / "documents" / "base.css"


class _Fetcher(URLFetcher):
    """Serves the pictures made for this one page; any other URL ends the rendering."""

    def __init__(self, assets: Mapping[str, Asset]) -> None:
        super().__init__(  # type: ignore[no-untyped-call]
            allowed_protocols=(), allow_redirects=False, fail_on_errors=True
        )
        self._assets = assets

    def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
        del headers
        asset = self._assets.get(url)
        if asset is None:
            raise ValueError(url)
        return URLFetcherResponse(url, asset.content, {"Content-Type": asset.mime})

    __call__ = fetch


class Renderer:
    """Keeps what is the same for all forms: font configuration, stylesheet, coverage."""

    def __init__(self, fonts: Path) -> None:
        self._coverage = Coverage.of(fonts)
        self._configuration = FontConfiguration()
        self._stylesheet = CSS(
            string=STYLESHEET.read_text(encoding="utf-8"),
            font_config=self._configuration,
            url_fetcher=_Fetcher({}),
        )

    def render(self, template: str, data: Mapping[str, Any], mode: Mode) -> bytes:
        """One form as PDF.

        draft: what there is, under the watermark 草稿. wet: empty boxes to be signed by hand,
        because one paper carries one kind of signature. final: signatures, dates and seals.
        record: what was said and done, as it was; nobody can mend it any more,
        so a character without a glyph is spelled by its number and refuses nothing.

        Raises: RenderFailed.
        """
        filled = fill(
            template,
            _in_mode(data, mode),
            check=self._coverage.check,
            spell=self._coverage.spelled if mode == "record" else None,
            drawings={"qr": stamp.qr, "seal": stamp.seal},
        )
        try:
            page = HTML(string=filled.html, url_fetcher=_Fetcher(filled.assets))
            pdf = page.write_pdf(stylesheets=[self._stylesheet], font_config=self._configuration)
        except FatalURLFetchingError as error:
            raise RenderFailed("forbidden_resource", "打印模板引用了外部资源。") from error
        return bytes(pdf)


def _in_mode(data: Mapping[str, Any], mode: Mode) -> dict[str, Any]:
    if mode not in MODES:
        raise RenderFailed("bad_mode", f"没有“{mode}”这种打印方式。")
    values = dict(data)
    values["mode"] = {name: name == mode for name in MODES}
    if mode == "wet":
        values["boxes"] = {}
    return values
