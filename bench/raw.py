"""WeasyPrint as its manual shows it, on a page that is filled already: what our printing adds to.

`python -m bench.raw PAGE STYLESHEET ROUNDS` under the FONTCONFIG_FILE of the printed forms. A
process of its own, because fontconfig is read once and because the bench itself loads no renderer.
"""

import json
import statistics
import sys
import time
from pathlib import Path

from weasyprint import CSS, HTML


def main(page: Path, stylesheet: Path, rounds: int) -> None:
    HTML(page).write_pdf(stylesheets=[CSS(stylesheet)])  # loads code and fonts
    taken, count = [], 0
    for _ in range(rounds):
        begun = time.process_time()
        document = HTML(page).render(stylesheets=[CSS(stylesheet)])
        document.write_pdf()
        taken.append(time.process_time() - begun)
        count = len(document.pages)
    sys.stdout.write(json.dumps({"pages": count, "ms": statistics.median(taken) * 1000}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
