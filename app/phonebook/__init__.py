"""通讯录: numbers of the people and employers of an area, with where each came from."""
