//go:build !unix

package chromium

import (
	"errors"
	"io"
	"testing"
)

func run(testing.TB, string, ...string) (io.Reader, io.Writer, error) {
	return nil, nil, errors.New("it cannot be spoken to by pipes here")
}
