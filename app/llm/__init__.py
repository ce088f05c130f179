"""Calls the language model: two protocols, time limits, several servers, and a code for every fault."""

from app.llm.http_model import HttpModel, make_model
from app.text.model import Model, ModelFault

__all__ = ["HttpModel", "Model", "ModelFault", "ModelOptions", "make_model"]
