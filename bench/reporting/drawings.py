"""Plots of parts whose results other files define. A part that is not here, or whose shape has changed, gets its
figures as tables."""

from . import page, svg


def or_tables(name, title):
    """Falls back to tables where the results are not what the drawing knows."""

    def wrap(draw):
        def drawn(results):
            try:
                return f"<h2>{title}</h2>" + draw(results)
            except (KeyError, TypeError, ValueError, IndexError, AttributeError):
                return page.any_section(name, title, results)

        return drawn

    return wrap


DRAWN = {}
