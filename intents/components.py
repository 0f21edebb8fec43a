"""Our intent classifier as a component of Rasa. Imported only inside Rasa's own environment (Python 3.10)."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier as RasaIntentClassifier
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, PREDICTED_CONFIDENCE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from intents.classifier import IntentClassifier, Tuning
from intents.classifier_training import train

INTENT_RANKING_KEY = "intent_ranking"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class VietnameseTfidfClassifier(RasaIntentClassifier, GraphComponent):
    """Names the intent of a Vietnamese message, typed with diacritics or without, with all others behind it."""

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        classifier: IntentClassifier | None = None,
    ) -> None:
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._classifier = classifier

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> VietnameseTfidfClassifier:
        """Return an untrained one."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,  # noqa: ANN401 - Rasa's signature
    ) -> VietnameseTfidfClassifier:
        """Return a trained one."""
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, IntentClassifier.load(folder))

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return what `config.yml` may set."""
        tuning = Tuning()
        return {
            "shortest_run": tuning.letters[0],
            "longest_run": tuning.letters[1],
            "penalty": tuning.penalty,
            "seen_at_least": tuning.seen_at_least,
            "families": tuning.families,
            "slips": tuning.slips,
        }

    def train(self, training_data: TrainingData) -> Resource:
        """Train and store it."""
        examples = [(one.get(TEXT), one.get(INTENT)) for one in training_data.intent_examples if one.get(TEXT)]
        self._classifier = train(sorted(examples), self._tuning())
        with self._model_storage.write_to(self._resource) as folder:
            self._classifier.save(folder)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Leave the training data as they are: no later component learns from our answers."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Write the likeliest intent and the ranking of all into each message."""
        if self._classifier is None:
            return messages
        for message in messages:
            ranking = [
                {INTENT_NAME_KEY: name, PREDICTED_CONFIDENCE_KEY: probability}
                for name, probability in self._classifier.ranking(message.get(TEXT) or "")
            ]
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages

    def _tuning(self) -> Tuning:
        config = self._config
        return Tuning(
            letters=(config["shortest_run"], config["longest_run"]),
            penalty=config["penalty"],
            seen_at_least=config["seen_at_least"],
            families=config["families"],
            slips=config["slips"],
        )
