// Package page shows walks (package teach) as a web page: one HTML file, which
// needs nothing else and asks nobody for anything. [Write] writes it, [Serve]
// serves it.
//
// The walks are in the page as JSON (encode.go says in which form); style and
// script, in folder web, go into it as they are. The page's policy allows that
// style and that script, by their hashes, and nothing else.
package page
