"""The pack's Python. Importing it finds the client: beside it in a release, else in the checkout."""

import sys
from pathlib import Path

_here = Path(__file__).resolve().parent
for _folder in (_here / "vendor", _here.parent.parent / "bridges" / "python"):
    if (_folder / "genga_client" / "__init__.py").is_file():
        if str(_folder) not in sys.path:
            sys.path.insert(0, str(_folder))
        break
