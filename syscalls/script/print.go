package script

import (
	"fmt"
	"strings"

	"sysindvm/syscalls/strace"
)

// String writes the value as a script does.
func (n *Node) String() string {
	text := ""
	switch n.Kind {
	case Number:
		switch {
		case n.Name != "":
			text = n.Name
		case n.Num > 1<<32 && int64(n.Num) > 0:
			text = fmt.Sprintf("%#x", n.Num)
		default:
			text = fmt.Sprint(int64(n.Num))
		}
	case Name:
		text = n.Name
	case Or:
		text = join(n.List, "|")
	case String:
		text = strace.Quote(n.Str)
		if n.Prefix {
			text += "..."
		}
	case Any:
		text = "..."
	case Bind:
		text = "?" + n.Name
	case List:
		text = "[" + join(n.List, ", ") + "]"
		if n.Out {
			text = "[out " + text[1:]
		}
		if n.Not {
			text = "~" + text
		}
	case Fields:
		text = "{" + join(n.List, ", ") + "}"
		if n.Exact {
			text = "exact" + text
		}
	case Range:
		text = fmt.Sprintf("%d..%d", int64(n.Num), int64(n.High))
	case AtLeast:
		text = fmt.Sprintf(">= %d", int64(n.Num))
	case Regexp:
		text = "/" + n.Re.String() + "/"
	case IPv4:
		text = fmt.Sprintf("%d.%d.%d.%d", n.Str[0], n.Str[1], n.Str[2], n.Str[3])
		if len(n.List) > 0 {
			text += ":" + n.List[0].String()
		}
	case Abstract:
		text = "@" + strace.Quote(n.Str)
	case Function:
		text = n.Name + "(" + join(n.List, ", ") + ")"
	case Cond:
		text = "{" + strings.NewReplacer("&&", " && ", "==", " == ").Replace(conds[n.Num].form) + n.List[0].String() + "}"
	case Arrow:
		text = join(n.List, " => ")
	}
	if n.Key != "" {
		text = n.Key + "=" + text
	}
	if n.At != nil {
		text += n.At.String()
	}
	return text
}

func (p *Place) String() string {
	if p.Whole {
		return "@end"
	}
	return fmt.Sprintf("@end-%d", p.Back)
}

func join(list []*Node, sep string) string {
	var texts []string
	for _, n := range list {
		texts = append(texts, n.String())
	}
	return strings.Join(texts, sep)
}
