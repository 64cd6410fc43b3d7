"""What a Run shows in a notebook: the QR code, the link, what is exposed, how far the phones are, and a Stop button."""

from __future__ import annotations

import base64
import io
import platform
import sys
from html import escape
from typing import TYPE_CHECKING, Any

from mobiviz.phone import board

if TYPE_CHECKING:
    from mobiviz.phone.running import Run

SVG = "http://www.w3.org/2000/svg"
_MOST_NOTES = 3  # of a phone; print(run.reports[-1]) shows all
_FIREWALLS = {
    "win32": "Windows asks about its firewall at the first start: allow Python on private networks",
    "darwin": "macOS asks whether Python may accept connections: allow it",
    "linux": "where a firewall is on, open the port for as long: sudo ufw allow {port}/tcp",
}


def notes(host: str, port: int, tls: bool) -> tuple[str, ...]:
    """What is exposed to whom, and what most often stands in the way, in words."""
    if host.startswith("127."):
        found = ["Only this machine can open the link. With lan=True a phone in the same Wi-Fi can."]
    else:
        system = _FIREWALLS.get(sys.platform, _FIREWALLS["linux"]).format(port=port)
        found = [
            f"It listens on {host} alone, until you stop it. Who has the link can fetch these networks and send"
            " results; everything else is refused.",
            f"No page on the phone? Put it in the same Wi-Fi, and look at the laptop's firewall: {system}.",
            "A guest Wi-Fi keeps devices apart: then mv.phone.bundle makes the same page for any web host.",
        ]
        if _in_wsl():
            found.append("This is WSL: set networkingMode=mirrored in .wslconfig, or the phone cannot reach it.")
    if tls:
        found.append("The certificate was made on this laptop, so the browser warns: open the details there and go on.")
    return tuple(found)


def qr(link: str) -> str:
    """A QR code as SVG; without segno, an SVG that says what to install."""
    try:
        import segno
    except ImportError:
        words = 'for a QR code: pip install "mobiviz[phone]"'
        return f'<svg xmlns="{SVG}" viewBox="0 0 300 40"><text x="4" y="24">{escape(words)}</text></svg>'
    code, drawn = segno.make(link, error="m", micro=False), io.BytesIO()
    code.save(drawn, kind="svg", border=4, dark="#000", light="#fff", xmldecl=False, omitsize=True)
    return drawn.getvalue().decode("utf-8")


class Panel:
    """The widgets of one Run; what phones say goes through `escape`."""

    def __init__(self, run: Run):
        import ipywidgets

        code = f'<img alt="QR code of the link" width="230" src="{_data(qr(run.link))}">'
        lines = "".join(f"<li>{escape(note)}</li>" for note in run.notes)
        link, to_board = escape(run.link), escape(run.board_link)
        self._head = ipywidgets.HTML(
            f'<div style="display:flex;flex-wrap:wrap;gap:8px 24px;line-height:1.45">{code}'
            f'<div style="flex:1 1 260px;min-width:0"><p style="margin:0 0 6px">Scan the code with the phone, or open '
            f'<a href="{link}" target="_blank" rel="noreferrer" style="overflow-wrap:anywhere">{link}</a></p>'
            f"<ul>{lines}</ul><p>For a projector: "
            f'<a href="{to_board}" target="_blank" rel="noreferrer">the board</a></p></div></div>'
        )
        self._state, self._board = ipywidgets.HTML(), ipywidgets.HTML()
        self._stop = ipywidgets.Button(description="Stop", tooltip="stop serving: nothing listens any more")
        self._stop.on_click(lambda _: run.close())
        self._all = ipywidgets.VBox([self._head, self._state, self._board, self._stop])
        self.show(run)

    def show(self, run: Run) -> None:
        """Draw what is known now; called from the server's thread too."""
        self._state.value = f'<p role="status">{state(run)}</p>'
        alt = escape(board.words(run.reports, len(run.progress)))
        picture = f'<img alt="{alt}" style="width:100%;max-width:800px" src="{_data(run.picture())}">'
        self._board.value = picture if run.reports else ""
        if not run.open:
            self._stop.disabled, self._head.layout.display = True, "none"

    def bundle(self) -> dict[str, Any]:
        return self._all._repr_mimebundle_()


def state(run: Run) -> str:
    """How far it is, as HTML."""
    lines = [escape(board.words(run.reports, len(run.progress)))]
    lines += [f"on a phone now: {escape(words)}" for words in list(run.progress.values())[-8:]]
    for report in run.reports[-3:]:
        lines += [f"{escape(report.model)}: {escape(note)}" for note in report.notes[:_MOST_NOTES]]
        more = len(report.notes) - _MOST_NOTES
        lines += [f"{escape(report.model)}: and {more} more of its notes"] if more > 0 else []
    return "<br>".join([*lines, *([] if run.open else ["Closed: nothing listens any more."])])


def _data(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode("utf-8")).decode("ascii")


def _in_wsl() -> bool:
    return "microsoft" in platform.release().lower()  # of its kernel
