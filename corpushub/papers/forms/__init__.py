"""Forms: papers that people read, each the sections and fields of its source, answered."""
