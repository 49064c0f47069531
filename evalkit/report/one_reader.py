"""Pages are read as trees by one thread at a time.

Reports are made by threads, and lxml leaves the interpreter's lock while it parses. Under load a page was once read
with an end tag lost, so that the mark of the bar stood inside its state and no PDF was made; other projects tell of
damaged trees and crashes of the same libraries in threads. Reading is a small part of making a page, so waiting for
each other costs nothing that can be measured.
"""

from __future__ import annotations

import threading
from typing import Final

READING: Final = threading.RLock()  # held while a tree is parsed, read and changed, until what is kept of it is plain text
