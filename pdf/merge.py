"""Several printed forms in one file, for the printer: pages in order, nothing else of them.

Seals and signatures stay visible but no longer hold, as on any copy; whoever needs an original that
can be checked takes it from the ticket. Only files of our own press come in here.
"""

from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import PdfFileWriter

INHERITED = ("/Resources", "/MediaBox", "/CropBox", "/Rotate")
# Links between pages and fields of signatures would drag the whole old file along.
LEFT_OUT = frozenset({"/Parent", "/Annots", "/StructParents", "/B", "/AA"})


def merge(files: Iterable[bytes], *, title: str) -> tuple[bytes, list[int]]:
    """One file, and how many pages each brought."""
    writer = PdfFileWriter(stream_xrefs=True)
    writer.set_info(generic.DictionaryObject({pdf_name("/Title"): generic.pdf_string(title)}))
    counts = []
    for data in files:
        reader = PdfFileReader(BytesIO(data), strict=False)
        pages = generic.ArrayObject(_pages(reader.root["/Pages"], {}))
        pages.container_ref = pages[0].container_ref
        # All pages at once: fonts that they share are copied once.
        copied: Any = writer.import_object(pages)
        for page in copied:
            writer.insert_page(page)
        counts.append(len(pages))
    out = BytesIO()
    writer.write(out)
    return out.getvalue(), counts


def _pages(node: Any, above: dict[str, Any]) -> Iterator[Any]:
    """Every page below a node of the tree, with what it inherits, cut loose from the rest."""
    known = above | {key: node.raw_get(key) for key in INHERITED if key in node}
    if node["/Type"] == "/Page":
        for key in LEFT_OUT:
            node.pop(pdf_name(key), None)
        for key, value in known.items():
            node[pdf_name(key)] = value
        yield node
        return
    for kid in node["/Kids"]:
        yield from _pages(kid.get_object(), known)
