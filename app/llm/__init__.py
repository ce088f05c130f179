"""Talks to the language model: protocols, time limits, several servers, typed faults."""

from app.llm.http_model import HttpModel, make_model
from app.llm.options import ModelOptions
from app.text.model import Model, ModelFault

__all__ = ["HttpModel", "Model", "ModelFault", "ModelOptions", "make_model"]
