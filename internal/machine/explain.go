package machine

import (
	"fmt"
	"reflect"
)

// explain makes Unknown name the null values and no others: reasons for what a later source found out
// are dropped, and values that no source mentioned get a reason.
func explain(m *Machine) {
	missing := nullPaths(reflect.ValueOf(*m), "")
	reasons := make(map[string]string, len(missing))
	for _, path := range missing {
		reason := m.Unknown[path]
		if reason == "" {
			reason = fmt.Sprintf("not reported on %s/%s", m.OS.Name, m.OS.Arch)
		}
		reasons[path] = reason
	}
	m.Unknown = reasons
}

// nullPaths lists the JSON paths below a struct whose values encode as null, Unknown itself apart.
func nullPaths(v reflect.Value, prefix string) []string {
	var paths []string
	for i := range v.NumField() {
		path := prefix + v.Type().Field(i).Tag.Get("json")
		switch field := v.Field(i); field.Kind() {
		case reflect.Struct:
			paths = append(paths, nullPaths(field, path+".")...)
		case reflect.Pointer, reflect.Slice:
			if field.IsNil() {
				paths = append(paths, path)
			}
		}
	}
	return paths
}
