//! The emitted directory: which files it holds, as text, before anything is written.
