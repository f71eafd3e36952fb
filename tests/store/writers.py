"""Many writers at once, each with a connection of its own, as other processes have it."""

import threading

from sqlalchemy import Engine

from store import db, projects, record


def write_at_once(engine: Engine, *, writers: int, turns: int) -> list[Exception]:
    """Let writers add projects, each with an entry of the record; return what was refused to them."""
    refused = []
    options = {name: engine.get_execution_options()[name] for name in ("key", "head")}

    def write(number: int) -> None:
        own = db.connect(engine.url.render_as_string(hide_password=False), **options)
        try:
            for turn in range(turns):
                with db.writing(own) as session:
                    projects.every(session=session)
                    project = projects.create(session=session, name=f"p{number}-{turn}")
                    record.append(session=session, kind="made", subject=project.id)
        except Exception as error:
            refused.append(error)
        finally:
            own.dispose()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return refused
