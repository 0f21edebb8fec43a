"""Which Rasa the assistant uses: one that it runs itself, an operator's own, or none."""

from __future__ import annotations

import logging
from collections.abc import Callable

from intents.rasa_environment import interpreter
from intents.rasa_process import HttpProbe, RasaLaunch
from intents.rasa_training import current_model
from intents.service import NO_SERVICE, NluService, service_at
from intents.supervision import RasaServer

_LOG = logging.getLogger(__name__)


def nlu_service(*, wanted: bool, url: str | None, token: str, clock: Callable[[], float]) -> NluService:
    """Return the service that the settings RASA, RASA_URL and RASA_TOKEN mean; it is not started yet.

    Without an environment or a trained model (`make build` makes both) there is none, and the log says so.
    """
    if not wanted:
        return NO_SERVICE
    if url:
        return service_at(url, token)
    python, model = interpreter(), current_model()
    if python is None or model is None:
        _LOG.warning("Rasa is off: %s", "it is not installed" if python is None else "its model is not trained")
        return NO_SERVICE
    return RasaServer(model, launch=RasaLaunch(python), probe=HttpProbe(), clock=clock, token=token)
