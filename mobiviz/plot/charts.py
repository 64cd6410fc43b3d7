"""plotly in our style: a template with our margins, type and palette, set on one figure and never for all.

A chart is a `go.Figure`; the renderer is left alone, so JupyterLab shows it offline at a few kB.
"""

from __future__ import annotations

from plotly import graph_objects as go

from mobiviz.plot.style import FONT, SMALL, TITLE, colours

MARKERS = {"V1": "circle", "V2": "square", "V3": "diamond"}  # families differ by marker, ideas by colour


def template(theme: str = "light") -> go.layout.Template:
    """The template of a theme, light or dark.

    Raises: ValueError for another theme.
    """
    look = colours(theme)
    axis = {
        "gridcolor": look["panel"],
        "linecolor": look["line"],
        "zerolinecolor": look["line"],
        "showline": True,
        "ticks": "outside",
        "tickcolor": look["line"],
        "tickfont": {"size": SMALL, "color": look["muted"]},
        "title": {"standoff": 8},
        "automargin": True,
    }
    layout = go.Layout(
        font={"family": FONT, "size": SMALL, "color": look["text"]},
        title={"font": {"size": TITLE}, "x": 0, "xanchor": "left", "xref": "container", "pad": {"l": 14}},
        paper_bgcolor=look["paper"],
        plot_bgcolor=look["paper"],
        colorway=[ink for role, ink in look.items() if role.endswith("-ink")],
        margin={"l": 60, "r": 14, "t": 48, "b": 48},
        height=380,
        showlegend=False,
        hoverlabel={"bgcolor": look["panel"], "font": {"color": look["text"], "size": SMALL}},
        xaxis=axis,
        yaxis=axis,
    )
    return go.layout.Template(layout=layout)


def styled(figure: go.Figure, title: str, alt: str, theme: str = "light") -> go.Figure:
    """The figure in our style, with the title that states its finding; `alt` is kept in `layout.meta`.

    Raises: ValueError without a title or an alt text.
    """
    if not title.strip() or not alt.strip():
        raise ValueError("a chart needs a title that states the finding, and an alt text (got an empty one)")
    figure.update_layout(template=template(theme), title_text=title, meta={"alt": alt})
    return figure
