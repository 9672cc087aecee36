"""A page of Gradio and torch alone, to start beside the app."""

import os


def main() -> None:
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    import gradio
    import torch  # noqa: F401, as in the app

    gradio.Interface(lambda x: x, "image", "image", api_name="f").launch(ssr_mode=False)


if __name__ == "__main__":
    main()
