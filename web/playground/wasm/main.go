//go:build js && imagesapart

// Wasm is the program of the playground's page: the machine, in a Web Worker,
// which hands it messages and gets one back for each.
package main

import (
	"context"
	"syscall/js"

	"sysindvm/images"
	"sysindvm/web/playground/play"
)

// main tells the worker that it is ready, and does what it is sent. A message
// is {id, op, text, i386, noIndirect}; what comes back has the same id.
func main() {
	guest := js.Global().Get("guest")
	images.Provide(bytesOf(guest.Get("kernel")), bytesOf(guest.Get("symbols")), bytesOf(guest.Get("initramfs")))
	requests := make(chan js.Value, 64)
	js.Global().Set("onmessage", js.FuncOf(func(_ js.Value, args []js.Value) any {
		requests <- args[0].Get("data")
		return nil
	}))
	post(map[string]any{"id": 0, "ready": true})
	for r := range requests {
		answer := do(r)
		answer["id"] = r.Get("id")
		post(answer)
	}
}

func post(message map[string]any) { js.Global().Call("postMessage", message) }

func bytesOf(v js.Value) []byte {
	b := make([]byte, v.Length())
	js.CopyBytesToGo(b, v)
	return b
}

func do(r js.Value) map[string]any {
	text := r.Get("text").String()
	switch r.Get("op").String() {
	case "run":
		o := play.Options{I386: r.Get("i386").Truthy(), NoIndirect: r.Get("noIndirect").Truthy()}
		return outcome(play.Run(context.Background(), text, o))
	case "format":
		formatted, o := play.Format(text)
		if o != nil {
			return outcome(o)
		}
		return map[string]any{"formatted": formatted}
	default: // "check"
		return outcome(play.Check(text))
	}
}

// outcome is an outcome for the page; {} for none.
func outcome(o *play.Outcome) map[string]any {
	if o == nil {
		return map[string]any{}
	}
	return map[string]any{
		"status": o.Status, "line": o.At.Line, "col": o.At.Col, "brief": o.Brief,
		"text": o.Text, "console": o.Console,
		"seconds": o.Duration.Seconds(), "instructions": float64(o.Instructions),
	}
}
