"""The periodic report that the Fatherland Front writes: figures, draft, layout, files and schedule."""
