# Two commands do everything: `make demo` and `make test`.
PYTHON ?= python3
DURATION ?=
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
# What the tests of the wire and of the store need from Debian; nothing of it is needed to run bridgewatch.
DEBIAN := iproute2 nftables fping tcpdump iputils-ping procps util-linux prometheus systemd snmpd iperf3 postgresql
SOURCES := bridgewatch tests config

.PHONY: install demo test check bench soak dashboards schema texts picture lock clean

install: $(INSTALLED)

$(INSTALLED): requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the locked dependencies into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: install
	@$(BIN)/bridgewatch demo $(if $(DURATION),--duration $(DURATION))

test: install
	@tests/debian-packages $(DEBIAN)
	$(BIN)/python -m pytest -m "not soak" $(PYTEST)

check: install
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: install
	$(BIN)/python -m tests.bench $(BENCH)

soak: install
	$(BIN)/python -m pytest -m soak --timeout=14400 $(PYTEST)

# Files that are made from code and kept in the repository; tests hold them in step.
dashboards: install
	$(BIN)/python config/grafana/build.py

schema: install
	$(BIN)/bridgewatch schema --write config/schema

picture: install
	LC_ALL=C.UTF-8 $(BIN)/python -m tests.demo.draw docs/demo.svg

EXTRACT := $(BIN)/pybabel -q extract --no-location --sort-output --no-default-keywords
texts: install
	@mkdir -p build
	$(EXTRACT) -k say -k count:1,2 -o build/messages.pot bridgewatch/texts/messages
	$(EXTRACT) -k phrase -o build/phrases.pot bridgewatch
	$(BIN)/python -m tests.texts.help_texts build/help.pot
	for room in messages phrases help; do \
	    $(BIN)/pybabel -q update --omit-header --ignore-obsolete --no-fuzzy-matching --width 100 \
	        -i build/$$room.pot -o bridgewatch/texts/$$room/vi.po -l vi || exit 1; \
	done

lock:
	$(PYTHON) -m venv $(VENV)-lock
	$(VENV)-lock/bin/pip install --quiet pip-tools
	$(VENV)-lock/bin/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-annotate \
	    --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
	    --extra portable --extra dev -o requirements.lock pyproject.toml
	rm -rf $(VENV)-lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build *.egg-info
