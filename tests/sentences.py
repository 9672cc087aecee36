"""What a visitor who made a mistake is told."""


def one_sentence(error: BaseException) -> bool:
    """Whether an error that came through the app says something to its visitor, and nothing of its insides."""
    text = str(error)
    told = not any(sign in text for sign in ("Traceback", "upstream Gradio app", "our side"))
    return bool(text) and text != "None" and told and "\n" not in text.strip() and len(text) < 600
