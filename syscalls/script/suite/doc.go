// Package suite runs many scripts, each in a machine of its own: it finds
// them, picks those that are wanted, runs some at a time, and reports what came
// of them to people, to CI, or to both.
//
// Begin with [Load], pick with a [Selection], and [Run]. A [Reporter] is told
// what happens: [Text] writes for people, [JSON] as go test -json does, [JUnit]
// and [KTAP] in those formats; [Reporters] is several of them.
package suite
