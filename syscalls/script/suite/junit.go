package suite

import (
	"encoding/xml"
	"io"
	"os"
	"time"

	"sysindvm/syscalls/script"
)

// JUnit writes a report in JUnit's XML when the run has ended, as CI servers
// read it.
type JUnit struct {
	// Out is written to once. Err is what came of it.
	Out io.Writer
	Err error
	// Name is the name of the suite.
	Name string

	begin time.Time
	cases []junitCase
}

type junitSuites struct {
	XMLName xml.Name   `xml:"testsuites"`
	Suite   junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name      string      `xml:"name,attr"`
	Tests     int         `xml:"tests,attr"`
	Failures  int         `xml:"failures,attr"`
	Errors    int         `xml:"errors,attr"`
	Skipped   int         `xml:"skipped,attr"`
	Time      float64     `xml:"time,attr"`
	Timestamp string      `xml:"timestamp,attr"`
	Hostname  string      `xml:"hostname,attr,omitempty"`
	Cases     []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string     `xml:"classname,attr"`
	Name    string     `xml:"name,attr"`
	File    string     `xml:"file,attr"`
	Time    float64    `xml:"time,attr"`
	Failure *junitText `xml:"failure"`
	Error   *junitText `xml:"error"`
	Skipped *junitText `xml:"skipped"`
	Output  string     `xml:"system-out,omitempty"`
}

type junitText struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

func (j *JUnit) Begin([]*script.Script) { j.begin = time.Now() }
func (j *JUnit) Start(*script.Script)   {}

func (j *JUnit) Done(s *script.Script, r *script.Result) {
	c := junitCase{Class: packageOf(s), Name: s.Name, File: s.File, Time: seconds(r.Duration)}
	said := &junitText{firstLine(why(r)), why(r)}
	switch r.Status {
	case script.Fail:
		c.Failure = said
	case script.Broken:
		c.Error = said
	case script.Skip, script.Known:
		c.Skipped = said
	}
	for _, line := range r.Trace {
		c.Output += line + "\n"
	}
	j.cases = append(j.cases, c)
}

func (j *JUnit) End(sum Summary) {
	host, _ := os.Hostname() // the attribute may be left out
	doc := junitSuites{Suite: junitSuite{
		Name: j.Name, Tests: len(j.cases),
		Failures: sum.Failed - sum.Broken, Errors: sum.Broken, Skipped: sum.Skipped,
		Time: seconds(sum.Duration), Timestamp: j.begin.UTC().Format("2006-01-02T15:04:05"), Hostname: host,
		Cases: j.cases,
	}}
	b, err := xml.MarshalIndent(doc, "", "  ")
	if err == nil {
		_, err = io.WriteString(j.Out, xml.Header+string(b)+"\n")
	}
	j.Err = err
}
