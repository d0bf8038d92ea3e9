# make demo   install, fine-tune on the bundled articles, print the dev table, tag an article, write its page
# make test   install, run the tests
# Everything is installed in .venv; PYTHON=python3.12 picks another interpreter.

PYTHON ?= python3
TORCH ?= torch==2.13.0
DEMO ?= runs/quickstart
BIN := .venv/bin

# Where PyTorch's own index answers, its CPU build is taken; elsewhere pip chooses a build from its usual index.
CPU_INDEX := https://download.pytorch.org/whl/cpu
CPU_BUILD = $(shell curl -sfI -m 5 $(CPU_INDEX)/ >/dev/null 2>&1 && echo --extra-index-url $(CPU_INDEX))

.PHONY: demo test clean

demo: .venv/installed
	$(BIN)/python -m training configs/quickstart.yaml --output $(DEMO)
	$(BIN)/python -m models.predict docs/example.txt --checkpoint $(DEMO) -o $(DEMO)/example.jsonl --view $(DEMO)/example.html
	@echo "The tagged article is in $(DEMO)/example.jsonl; open $(DEMO)/example.html in a browser."

test: .venv/extras
	$(BIN)/python -m pytest

.venv/installed: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet "$(TORCH)" $(CPU_BUILD)
	$(BIN)/python -m pip install --quiet --editable ".[embedded]"
	touch $@

.venv/extras: .venv/installed
	$(BIN)/python -m pip install --quiet --editable ".[embedded,lora,onnx,ray,report,spacy,sweep,test,track]"
	touch $@

clean:
	rm -rf .venv runs
