"""The app: talks to people; knows Streamlit, the command line and processes."""
