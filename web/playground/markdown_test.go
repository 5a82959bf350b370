package playground

import "testing"

func TestMarkdown(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{"# A `b` & C\n", "<h1 id=\"a-b--c\">A <code>b</code> &amp; C</h1>\n"},
		{"one\ntwo\n\nthree", "<p>one\ntwo</p>\n<p>three</p>\n"},
		{"    a <b>\n\n      c\n\nd", "<pre tabindex=\"0\"><code>a &lt;b&gt;\n\n  c</code></pre>\n<p>d</p>\n"},
		{"```\n| x\n```\n", "<pre tabindex=\"0\"><code>| x</code></pre>\n"},
		{"```\nnever closed", "<pre tabindex=\"0\"><code>never closed</code></pre>\n"},
		{"| a | b |\n|---|---|\n| `x\\|y` | z |\n", "<div class=\"table\" tabindex=\"0\"><table>\n<tr><th>a</th><th>b</th></tr>\n<tr><td><code>x|y</code></td><td>z</td></tr>\n</table></div>\n"},
		{"[a](https://go.dev/) [`b`](../b) [c](#c)", "<p><a href=\"https://go.dev/\">a</a> <code>b</code> <a href=\"#c\">c</a></p>\n"},
		{"[a](javascript:alert(1)) <script>", "<p>a) &lt;script&gt;</p>\n"},
		{"`` a`b `` `open", "<p><code>a`b</code> `open</p>\n"},
	} {
		if got := renderMarkdown(tc.text); got != tc.want {
			t.Errorf("%q:\n%q, want\n%q", tc.text, got, tc.want)
		}
	}
}
