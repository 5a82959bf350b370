//go:build freestanding

// The functions without a body are in the replacement runtime; this file
// makes the compiler accept them.
