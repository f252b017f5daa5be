"""Letters within a page: in a frame that runs nothing, fetches nothing foreign, and opens links beside."""

from starlette.responses import HTMLResponse

from prospecting.web.app.desk import HEADERS

SANDBOX = "allow-same-origin allow-popups allow-popups-to-escape-sandbox"
"""Without `allow-scripts`, so that same origin means only that our page may read how tall the letter is."""


def framed(html: str) -> HTMLResponse:
    """A letter's HTML as the frame shows it."""
    base = '<base target="_blank">'
    whole = html.replace("<head>", f"<head>{base}", 1) if "<head>" in html else base + html
    # The letter tells nobody where it was opened, and nothing in it runs.
    policy = f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox {SANDBOX}"
    headers = HEADERS | {"Content-Security-Policy": policy, "Referrer-Policy": "no-referrer"}
    return HTMLResponse(whole, headers=headers)
