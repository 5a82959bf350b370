// Package state turns the state of devices and CPUs into bytes and back, by
// their own fields, so that nothing of them can be forgotten.
//
// Numbers, booleans, strings, and arrays, slices and structures of them are
// state. Functions, interfaces, channels, maps and pointers are what connects
// a part to others, and are left alone, as is a field with the tag save:"-".
package state

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"reflect"
	"unsafe"
)

// maxSlice bounds a slice that is read: devices keep no more.
const maxSlice = 16 << 20

// Append appends the state of what part points to.
func Append(b []byte, part any) []byte {
	v := reflect.ValueOf(part).Elem()
	b = binary.LittleEndian.AppendUint32(b, Layout(part))
	return put(b, v)
}

// ErrLayout says that a state is that of another build of a part.
var ErrLayout = errors.New("it was made by another version of this program")

var errShort = errors.New("it ends too early")

// Load gives what part points to the state at the beginning of b, and returns
// the rest of b. After an error the part is of no use.
func Load(b []byte, part any) (rest []byte, err error) {
	if len(b) < 4 {
		return nil, errShort
	}
	if binary.LittleEndian.Uint32(b) != Layout(part) {
		return nil, fmt.Errorf("%T: %w", part, ErrLayout)
	}
	r := reader{b: b[4:]}
	r.get(reflect.ValueOf(part).Elem())
	if r.failed {
		return nil, fmt.Errorf("%T: %w", part, errShort)
	}
	return r.b, nil
}

// Layout is a number for the names and the kinds of the fields that are saved
// of what part points to.
func Layout(part any) uint32 {
	h := fnv.New32a()
	var walk func(t reflect.Type)
	walk = func(t reflect.Type) {
		fmt.Fprint(h, t.Kind(), ";")
		switch t.Kind() {
		case reflect.Array:
			fmt.Fprint(h, t.Len(), ";")
			walk(t.Elem())
		case reflect.Slice:
			walk(t.Elem())
		case reflect.Struct:
			for i := range t.NumField() {
				if f := t.Field(i); saved(f) {
					fmt.Fprint(h, f.Name, ":")
					walk(f.Type)
				}
			}
		}
	}
	walk(reflect.TypeOf(part).Elem())
	return h.Sum32()
}

// saved reports whether a field is state.
func saved(f reflect.StructField) bool {
	return f.Tag.Get("save") != "-" && plain(f.Type)
}

func plain(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Func, reflect.Interface, reflect.Chan, reflect.Map, reflect.Pointer, reflect.UnsafePointer:
		return false
	case reflect.Array, reflect.Slice:
		return plain(t.Elem())
	}
	return true
}

func put(b []byte, v reflect.Value) []byte {
	switch v.Kind() {
	case reflect.Bool:
		if v.Bool() {
			return append(b, 1)
		}
		return append(b, 0)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return binary.AppendVarint(b, v.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return binary.AppendUvarint(b, v.Uint())
	case reflect.Float32, reflect.Float64:
		return binary.LittleEndian.AppendUint64(b, math.Float64bits(v.Float()))
	case reflect.String:
		b = binary.AppendUvarint(b, uint64(v.Len()))
		return append(b, v.String()...)
	case reflect.Slice:
		b = binary.AppendUvarint(b, uint64(v.Len()))
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return append(b, v.Bytes()...)
		}
		fallthrough
	case reflect.Array:
		for i := range v.Len() {
			b = put(b, v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if saved(v.Type().Field(i)) {
				b = put(b, v.Field(i))
			}
		}
	}
	return b
}

// reader reads values; once something is wrong, all are zero.
type reader struct {
	b      []byte
	failed bool
}

func (r *reader) uint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 || r.failed {
		r.failed = true
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) bytes(n uint64) []byte {
	if r.failed || n > uint64(len(r.b)) {
		r.failed = true
		return nil
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}

func (r *reader) get(v reflect.Value) {
	if !v.CanSet() { // a field that is not exported
		v = reflect.NewAt(v.Type(), unsafe.Pointer(v.UnsafeAddr())).Elem()
	}
	switch v.Kind() {
	case reflect.Bool:
		if b := r.bytes(1); b != nil {
			v.SetBool(b[0] != 0)
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		u := r.uint()
		v.SetInt(int64(u>>1) ^ -int64(u&1))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		v.SetUint(r.uint())
	case reflect.Float32, reflect.Float64:
		if b := r.bytes(8); b != nil {
			v.SetFloat(math.Float64frombits(binary.LittleEndian.Uint64(b)))
		}
	case reflect.String:
		v.SetString(string(r.bytes(r.uint())))
	case reflect.Slice:
		n := r.uint()
		if n > uint64(len(r.b)) || n > maxSlice {
			r.failed = true
			return
		}
		s := reflect.MakeSlice(v.Type(), int(n), int(n))
		if v.Type().Elem().Kind() == reflect.Uint8 {
			reflect.Copy(s, reflect.ValueOf(r.bytes(n)))
		} else {
			for i := range s.Len() {
				r.get(s.Index(i))
			}
		}
		v.Set(s)
	case reflect.Array:
		for i := range v.Len() {
			r.get(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if saved(v.Type().Field(i)) {
				r.get(v.Field(i))
			}
		}
	}
}
