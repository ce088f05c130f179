"""Talks to the language model: protocols, time limits, several servers, typed faults."""

from app.summaries.llm.http_model import HttpModel, make_model
from app.summaries.llm.model import Model, ModelFault, ModelOptions

__all__ = ["HttpModel", "Model", "ModelFault", "ModelOptions", "make_model"]
