# make demo   install, tag an article with the released checkpoint and write its page, then fine-tune a model of your own
#             on the bundled articles and print its dev table
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
	mkdir -p runs
	rm -f runs/example.jsonl.partial
	$(BIN)/python -m models.predict docs/example.txt -o runs/example.jsonl --view runs/example.html
	@echo "The tagged article is in runs/example.jsonl; open runs/example.html in a browser."
	$(BIN)/python -m training configs/quickstart.yaml --output $(DEMO)

test: .venv/extras
	$(BIN)/python -m pytest

.venv/installed: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet "$(TORCH)" $(CPU_BUILD)
	$(BIN)/python -m pip install --quiet --editable ".[embedded]"
	touch $@

.venv/extras: .venv/installed
	$(BIN)/python -m pip install --quiet --editable ".[embedded,lora,openvino,ray,report,spacy,sweep,test,track]"
	touch $@

clean:
	rm -rf .venv runs
