"""The static site: each notebook executed into a page, and an index that leads to all of them."""

import re

from mobiviz import assets
from mobiviz.course.site import site

SOURCE = """# ---
# jupyter:
#   mobiviz:
#     run_s: 5
# ---

# %% [markdown]
# # 07 A page

# %%
# BEGIN SOLUTION
n = 6 * 7
# END SOLUTION
print("n is", n)
"""


def test_every_notebook_becomes_a_page_that_the_index_leads_to(tmp_path, monkeypatch):
    sources = tmp_path / "source"
    sources.mkdir()
    for name in ("07_a_page", "08_another_page"):
        (sources / f"{name}.py").write_text(SOURCE, encoding="utf-8")
    monkeypatch.setattr(assets, "notebooks", lambda *parts: tmp_path.joinpath(*parts))
    pages = site(tmp_path / "out")
    assert [page.name for page in pages] == ["07_a_page.html", "08_another_page.html"]
    assert all("n is 42" in page.read_text(encoding="utf-8") for page in pages)
    index = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert re.findall('href="(.*?)">(.*?)<', index) == [(page.name, page.stem[3:].replace("_", " ")) for page in pages]
