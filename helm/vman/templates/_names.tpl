{{- define "vman.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{- define "vman.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains (include "vman.name" .) .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "vman.name" .) | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* What an object is found by; never changed in a release. Argument: dict "root" $ "part" "intel" */}}
{{- define "vman.selector" -}}
app.kubernetes.io/name: {{ include "vman.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .part }}
{{- end -}}

{{- define "vman.labels" -}}
{{ include "vman.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: vman
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end -}}

{{- define "vman.image" -}}
{{- $image := .root.Values.image -}}
{{- if $image.registry }}{{ trimSuffix "/" $image.registry }}/{{ end -}}
{{ $image.repository }}/{{ .part }}:{{ default .root.Chart.AppVersion $image.tag }}
{{- end -}}

{{/* A secret that is made once and kept: what was given, else what the cluster has, else a random one. */}}
{{- define "vman.keptSecret" -}}
{{- $there := lookup "v1" "Secret" .root.Release.Namespace .name -}}
{{- if .given -}}
{{- .given -}}
{{- else if and $there (hasKey (default dict $there.data) .key) -}}
{{- index $there.data .key | b64dec -}}
{{- else -}}
{{- randAlphaNum 32 -}}
{{- end -}}
{{- end -}}

{{- define "vman.postgresSecret" -}}
{{- default (printf "%s-postgres" (include "vman.fullname" .)) .Values.postgres.existingSecret -}}
{{- end -}}

{{- define "vman.natsSecret" -}}
{{- if .Values.nats.bundled.enabled -}}
{{- include "vman.fullname" . }}-nats
{{- else -}}
{{- .Values.nats.existingSecret -}}
{{- end -}}
{{- end -}}

{{- define "vman.natsUrl" -}}
{{- if .Values.nats.bundled.enabled -}}
nats://{{ include "vman.fullname" . }}-nats.{{ .Release.Namespace }}.svc:4222
{{- else -}}
{{- .Values.nats.url -}}
{{- end -}}
{{- end -}}

{{- define "vman.imageClaim" -}}
{{- default (printf "%s-images" (include "vman.fullname" .)) .Values.imageStore.existingClaim -}}
{{- end -}}
