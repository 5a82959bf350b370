//go:build freestanding

package drivers

func ttyInterrupt() {}
