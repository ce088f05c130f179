"""The pages: a folder for each noun. `shared` holds what several nouns use.

- `controller.py` has the routes.
- `page.py` (or `<name>_page.py`, where there are several) loads what a page shows.
- `form.py` reads and fills the forms.
- `presenters.py` turns rows into views. `view.py` has the views: frozen values for the templates.
"""
