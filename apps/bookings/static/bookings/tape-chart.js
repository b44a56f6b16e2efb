// The tape chart: bars reached by keys and dragged by the mouse.
