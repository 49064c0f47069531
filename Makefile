# The verbs of start.py, for those who expect make.
PYTHON ?= python3
.PHONY: report test lab bench bundle lock
report test lab bench bundle:
	$(PYTHON) start.py $@
lock:
	uv pip compile requirements.in --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate -o requirements.lock
	uv pip compile requirements-bench.in --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate -o requirements-bench.lock
