BEGIN
{{noted}}
END
